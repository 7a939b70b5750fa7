# Completion in the real shells, and that help, manual, completions and the
# table of options say the same.

load lib/common.bash

# needs SHELL
needs()
{
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# The shells find popfetch by its name, and a file with two accounts.
accounts()
{
	PATH=$builddir:$PATH
	mkdir -p "$XDG_CONFIG_HOME/popfetch"
	(umask 077 && cat >"$XDG_CONFIG_HOME/popfetch/config" <<-'END'
	poll work via pop.example.org user joe password secret
	poll isp via pop.isp.example user joe password secret
	END
	printf 'poll other user joe password secret\n' >other.rc)
}

# Long options of --help, one a line.
help_options()
{
	popfetch --help | sed -n 's/^  ..[, ] \(--[a-z-]*\).*/\1/p' | sort
}

# bash_completes WORD...: what TAB behind the last one offers, sorted.
bash_completes()
{
	bash --norc -c '
		. "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_popfetch
		printf "%s\n" "${COMPREPLY[@]}"' \
	    bash "$srcdir/completions/popfetch.bash" "$@" | sort
}

fish_completes()
{
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
	    "$srcdir/completions/popfetch.fish" "$1" | cut -f 1 | sort
}

# zsh_completes LINE: at a terminal of its own.
zsh_completes()
{
	zsh -f -c '
		zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z "PS1= PROMPT_EOL_MARK= ; unsetopt zle_bracketed_paste"
		zpty -w z "fpath=($1 \$fpath); autoload -U compinit"
		zpty -w z "compinit -D -u; LISTMAX=10000; COLUMNS=200"
		zpty -w z "zstyle \":completion:*\" list-separator \"\""
		zpty -w z "bindkey \"^I\" list-choices; stty rows 200 cols 200"
		zpty -w z "echo; echo rea\"\"dy"
		zpty -r -m z o "*ready*" || exit 1
		zpty -w -n z "$2	"
		zpty -w -n z "$3"
		zpty -w z "echo; echo xyz\"\"zy; exit"
		while zpty -r z o; do
			print -rn -- "$o"
			[[ $o != *xyzzy* ]] || break
		done
		zpty -d z' zsh "$srcdir/completions" "$1" $'\025' | tr -d '\r'
}

@test "bash: options, accounts, files, directories, words" {
	accounts
	[ "$(bash_completes popfetch --)" = "$(help_options)" ] ||
	    fail "$(bash_completes popfetch --)"
	[ "$(bash_completes popfetch --che | xargs)" = \
	    '--check --check-config' ]
	[ "$(bash_completes popfetch '' | xargs)" = 'isp work' ]
	[ "$(bash_completes popfetch -a w)" = work ]
	[ "$(bash_completes popfetch -f other.rc '')" = other ]
	[ "$(bash_completes popfetch --file = other.rc '')" = other ]
	mkdir -p dir.one && : >dir.two
	[ "$(bash_completes popfetch -f dir. | xargs)" = 'dir.one dir.two' ]
	[ "$(bash_completes popfetch --import dir.t)" = dir.two ]
	[ "$(bash_completes popfetch --maildir dir.)" = dir.one ]
	[ "$(bash_completes popfetch --maildir = dir.)" = dir.one ]
	[ "$(bash_completes popfetch --color = | xargs)" = \
	    'always auto never' ]
	[ "$(bash_completes popfetch --color = al)" = always ]
	[ "$(bash_completes popfetch --tls = st)" = starttls ]
	[ -z "$(bash_completes popfetch -t '')" ]
	[ "$(bash_completes popfetch --catch-up w)" = work ]
}

@test "bash: loading it says for which command it is" {
	run -0 bash --norc -c '. "$1"; complete -p popfetch' bash \
	    "$srcdir/completions/popfetch.bash"
	assert_says '-F _popfetch popfetch'
}

@test "fish: options, accounts, files, words" {
	needs fish
	accounts
	fish_completes 'popfetch --' >got
	help_options | while read -r option; do
		grep -qx -e "$option=\?" got || fail "$option" "$(<got)"
	done
	[ "$(grep -c '^--' got)" -eq "$(help_options | wc -l)" ]
	[ "$(fish_completes 'popfetch ' | xargs)" = 'isp work' ]
	[ "$(fish_completes 'popfetch -f other.rc ')" = other ]
	[ "$(fish_completes 'popfetch --color=a' | xargs)" = \
	    '--color=always --color=auto' ]
	[ "$(fish_completes 'popfetch --tls=o')" = --tls=off ]
	mkdir -p dir.one && : >dir.two
	[ "$(fish_completes 'popfetch --import dir.' | xargs)" = \
	    'dir.one/ dir.two' ]
	fish_completes 'popfetch -' | grep -qx -e -a
}

@test "zsh: options, accounts, files, words" {
	needs zsh
	accounts
	zsh_completes 'popfetch --' >got
	help_options | while read -r option; do
		grep -q -e "^$option *-*" got || grep -q -e " $option " got ||
		    fail "$option" "$(<got)"
	done
	zsh_completes 'popfetch ' >got
	grep -q 'isp *work' got || fail "$(<got)"
	zsh_completes 'popfetch -f other.rc ' >got
	grep -q other got && never grep -q work got || fail "$(<got)"
	zsh_completes 'popfetch --color=a' >got
	grep -q 'always *auto' got || fail "$(<got)"
	zsh_completes 'popfetch --import other.' >got
	grep -q 'other.rc' got || fail "$(<got)"
}

@test "no secret is asked for and none appears while accounts are completed" {
	accounts
	echo 'poll x user joe passwordeval "touch ran"' \
	    >>"$XDG_CONFIG_HOME/popfetch/config"
	run -0 bash_completes popfetch ''
	assert_says '^x$'
	[ ! -e ran ]
	never grep -q secret <<<"$output"
}

@test "the manual has every option of the table, and no other" {
	# Aliases that the help leaves out are in the table and the manual.
	sed -n 's/^	{ [^,]*,[ 	]*"\([a-z-]*\)",.*/--\1/p' \
	    "$srcdir/src/conf/opt.c" | sort >table
	[ "$(wc -l <table)" -gt 20 ]
	help_options >help
	[ -z "$(comm -13 table help)" ] || fail 'in the help, not the table:' \
	    "$(comm -13 table help)"
	sed -n '/^\.Sh/h; /^\.\(It\|Xc\|Op\|Fl\)/{ G; /\n.Sh SYN/!p }' \
	    "$srcdir/doc/popfetch.1" | grep -o 'Fl Fl [a-z-]*\|Fl -[a-z-]*' |
	    sed 's/Fl Fl /--/; s/Fl -/--/' | sort -u >manual
	comm -23 help manual >missing
	[ ! -s missing ] || fail 'not in popfetch(1):' "$(<missing)"
	comm -13 table manual >surplus
	[ ! -s surplus ] || fail 'in popfetch(1) only:' "$(<surplus)"
}

@test "popfetch-providers(7) says what the table of providers says" {
	local page=$srcdir/doc/popfetch-providers.7

	${CC:-cc} -E -P -x c - -I"$srcdir/src" >rows <<-'END'
	#define PROVIDER(name, domains, host, login, first, also) \
		@name@domains@host@first@also@
	#include "conf/providers.def"
	END
	[ "$(tr -cd @ <rows | wc -c)" -ge 90 ]
	sed 's/^\.[A-Z][a-z] //' "$page" | tr -s '\n' ' ' >flat
	tr -d '\n' <rows | sed 's/" *"//g' | tr '@' '\n' |
	    sed -n 's/^ *"\(.*\)" *$/\1/p' | while read -r text; do
		grep -qF -e "$text" flat || fail "not in the page: $text"
	done
}

@test "the manual pages are without fault" {
	needs mandoc
	for page in popfetch.1 popfetchrc.5 popfetch-providers.7; do
		run -0 mandoc -Tlint -Wwarning "$srcdir/doc/$page"
		assert_output_empty
	done
}

@test "systemd takes the units" {
	needs systemd-analyze
	mkdir units
	cp "$srcdir"/systemd/*.timer units
	for unit in popfetch popfetch@; do
		sed "s,@bindir[@],$builddir," \
		    "$srcdir/systemd/$unit.service.in" >"units/$unit.service"
	done
	mkdir units/popfetch.service.d
	cp "$srcdir/systemd/hardened.conf" units/popfetch.service.d
	for unit in popfetch.service popfetch@work.service popfetch.timer \
	    popfetch@work.timer; do
		SYSTEMD_UNIT_PATH="$top/units:" XDG_RUNTIME_DIR=$top \
		    run -0 systemd-analyze --user verify --man=no \
		    --recursive-errors=no "units/$unit"
		assert_output_empty
	done
}

@test "a unit's command line is one that popfetch takes" {
	accounts
	for unit in popfetch popfetch@; do
		line=$(sed -n 's,^ExecStart=@bindir[@]/popfetch ,,p' \
		    "$srcdir/systemd/$unit.service.in")
		[ -n "$line" ]
		eval "set -- ${line//%I/work}"
		run -0 popfetch --show-config "$@"
		assert_says 'pop.example.org'
	done
}
