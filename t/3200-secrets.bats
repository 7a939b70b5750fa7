# Where passwords come from, and that they get nowhere else.

load lib/common.bash

secret=Sesam-4711-open
pty=$builddir/t/lib/pty
memfind=$builddir/t/lib/memfind

# Two messages and somebody who knows the password.
serve()
{
	"$mkmail" -s 32 -n 2 -f plain -e want wire
	popd_start --cert "$certs/good.pem" --key "$certs/server.key" \
	    --tls implicit --user joe --pass "$secret" --wire --mail wire \
	    --record log "$@"
}

# rc WORDS...: an account without a password, and words for it.
rc()
{
	account "${globals-}" "poll work via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe maildir inbox" "$@"
}

# A command is not run as root unless this says so.
root_may()
{
	globals=''
	[ "$(id -u)" -ne 0 ] || globals="set runas root set state '$top/state'"
}

# use SOURCE: lets popfetch find the password there.  What it needs more is in
# $source_env, and descriptor 7 is open in any case.
use()
{
	globals=''
	source_env=()
	rm -rf "$HOME/.netrc" creds
	printf '%s\n' "$secret" >word
	chmod 600 word
	case $1 in
	password) rc "password '$secret'" ;;
	passwordeval) root_may; rc "passwordeval 'cat $top/word'" ;;
	passwordfile) rc "passwordfile $top/word" ;;
	passwordfd) rc 'passwordfd 7' ;;
	credential)
		mkdir creds
		cp word creds/work
		source_env=("CREDENTIALS_DIRECTORY=$top/creds")
		rc ;;
	netrc)
		(umask 077 && echo "machine localhost login joe password" \
		    "$secret" >"$HOME/.netrc")
		rc ;;
	esac
}

sources='password passwordeval passwordfile passwordfd credential netrc'

# with_source COMMAND...
with_source()
{
	env "${source_env[@]}" "$@" 7<word
}

# Has an account with state that the next run must not look at.
forget()
{
	rm -rf inbox "$XDG_STATE_HOME"
}

@test "every source lets joe in, with its newline and without" {
	local s

	serve
	for s in $sources; do
		use "$s"
		run -0 --separate-stderr with_source setsid -w \
		    "$popfetch_bin" -f rc
		assert_output_empty
		same_mail want inbox
		forget
		[ "$s" != passwordfile ] || printf %s "$secret" >word
	done
}

@test "a password is asked for on the terminal, and not shown there" {
	serve
	rc
	run -0 "$pty" 'Password for joe at localhost (work): ' "$secret" \
	    "$popfetch_bin" -f rc
	assert_says 'Password for joe at localhost \(work\): ' '2 new'
	never grep -qF "$secret" <<<"$output"
	same_mail want inbox
}

@test "a wrong answer is 77, and an empty one is 78" {
	serve
	rc
	run -77 "$pty" 'joe at localhost' wrong-answer "$popfetch_bin" -f rc
	[ "$(grep -c 'C: PASS' log)" -eq 1 ]
	never grep -qF wrong-answer <<<"$output"
	run -78 "$pty" 'joe at localhost' '' "$popfetch_bin" -f rc
	assert_says 'password is empty'
	[ "$(grep -c '# connection' log)" -eq 1 ]
}

@test "no password and no terminal is 78, with what to add" {
	serve
	rc
	run -78 --separate-stderr setsid -w "$popfetch_bin" -f rc
	assert_line_count 1
	assert_says "^popfetch: work: no password, and no terminal to ask for it; add 'passwordeval \"COMMAND\"' to the account \\(for a URL: '--password-command COMMAND'\\), or a line for localhost to ~/\\.netrc\$"
	[ ! -s log ]
}

@test "each source that fails says so in one line, with the account" {
	local words says

	serve
	root_may
	while IFS='|' read -r words says; do
		rc "$words"
		run -78 --separate-stderr popfetch -f rc
		assert_line_count 1
		assert_says "^popfetch: work: $says"
	done <<-'END'
	passwordeval 'echo locked >&2; exit 2'|passwordeval: exit status 2: locked; try
	passwordeval 'echo x; echo x'|passwordeval: the password holds an end of line; try the command by hand: it must print the password and nothing else$
	passwordeval true|passwordeval: the password is empty; try the command by hand: it must print the password and nothing else$
	passwordfile nowhere|passwordfile: .*nowhere: No such file or directory; write the password there, with mode 600, or correct the name$
	passwordfd 9|passwordfd 9: not open
	END
	echo "machine work password x" >"$HOME/.netrc"
	chmod 644 "$HOME/.netrc"
	globals=''
	rc
	run -78 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says "open to others; chmod 600 $HOME/.netrc"
	[ ! -s log ]
}

@test "an account without a password costs only itself" {
	serve
	root_may
	rc "passwordeval 'cat $top/word'" \
	    "poll none via localhost port $port user ann passwordeval false" \
	    "poll less via localhost port $port user sue passwordfile nowhere"
	echo "$secret" >word
	run -78 --separate-stderr popfetch -f rc
	assert_line_count 2
	same_mail want inbox
}

@test "what a command complains of is shown, but not with -q" {
	serve
	root_may
	echo "$secret" >word
	rc "passwordeval 'printf \"one\\\\n\\\\033[31mtwo\\\\n\" >&2; cat $top/word'"
	run -0 --separate-stderr popfetch -f rc
	assert_line_count 2
	assert_says '^popfetch: work: passwordeval: one$' \
	    '^popfetch: work: passwordeval: \\033\[31mtwo$'
	run -0 --separate-stderr popfetch -f rc -q
	assert_output_empty
}

@test "a command is run once, only for what is polled, and not to check" {
	local eval="echo \$POPFETCH_ACCOUNT \$POPFETCH_USER \$POPFETCH_HOST >>$top/ran; cat $top/word"

	serve
	root_may
	echo "$secret" >word
	rc "passwordeval '$eval' nokeep expunge 1" \
	    "skip other via localhost port 1 user x passwordeval '$eval'"
	run popfetch -f rc --check-config
	run popfetch -f rc --show-config
	[ ! -e ran ]
	run -0 popfetch -f rc
	same_mail want inbox
	# Two sessions.
	[ "$(grep -c '# connection' log)" -eq 2 ]
	[ "$(<ran)" = 'work joe localhost' ]
}

@test "a rejected login is not repeated, nor is the command run again" {
	serve
	root_may
	rc "passwordeval 'echo >>$top/ran; echo not-$secret'"
	run -77 --separate-stderr popfetch -f rc
	assert_line_count 1
	[ "$(grep -c 'C: PASS' log)" -eq 1 ]
	# Now the account is left alone for a while.
	run -77 --separate-stderr popfetch -f rc
	[ "$(grep -c 'C: PASS' log)" -eq 1 ]
	[ "$(wc -l <ran)" -eq 1 ]
}

@test "a slow command delays nobody else" {
	serve
	root_may
	mkfifo gate
	rc "passwordeval 'read -r word <$top/gate; echo \$word'" \
	    "poll quick via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe2 password x maildir q"
	popfetch_start -f rc 2>err
	wait_until 120 grep -q '^popfetch: quick: ' err
	[ ! -d inbox/new ] || [ -z "$(ls inbox/new)" ]
	echo "$secret" >gate
	status=0
	wait "$popfetch_pid" || status=$?
	[ "$status" -eq 77 ]
	same_mail want inbox
}

@test "SIGTERM ends a command and the run at once" {
	local started

	serve
	root_may
	rc "passwordeval 'echo >$top/ran; sleep 300'"
	popfetch_start -f rc 2>err
	wait_until 120 test -e ran
	started=$SECONDS
	kill "$popfetch_pid"
	status=0
	wait "$popfetch_pid" || status=$?
	[ "$status" -eq 143 ]
	[ $((SECONDS - started)) -lt 100 ]
	wait_until 60 no_sleep
}

no_sleep()
{
	! test_process_is sleep
}

# Whether a process of this test runs that program.
test_process_is()
{
	local pid

	for pid in $(test_processes); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || return 0
	done
	return 1
}

@test "a command runs as the user of 'set runas', at home there" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can become another user'
	serve
	popfetch_copy
	globals="set runas nobody set state '$top/state'"
	echo "$secret" >word
	rc "passwordeval 'id -u >>ran; id -G >>ran; pwd; echo \$HOME >>ran'"
	chmod 777 .
	run --separate-stderr popfetch -f rc
	[ "$(sed -n 1p ran)" = "$(id -u nobody)" ]
	[ "$(sed -n 2p ran)" = "$(id -G nobody)" ]
	[ "$(sed -n 3p ran)" = ~nobody ]
	# Nor a file of root's.
	rm -rf state
	chmod 600 word
	rc "passwordfile '$top/word'"
	run -78 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says 'passwordfile: .*Permission denied'
}

@test "root is not given another user's file by way of a link" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can become another user'
	local home

	home=$(getent passwd | awk -F: '$3 > 0 && $3 < 60000 && $6 ~ "^/" &&
	    system("test -d \"" $6 "\" -a ! -e \"" $6 "/.netrc\"") == 0 {
	    print $1 ":" $6; exit }')
	[ -n "$home" ] || skip 'no user with a home'
	serve
	globals="set runas '${home%%:*}'"
	(umask 077 && echo "machine work password $secret" >netrc)
	rc
	# Another run of this test may want the same home.
	exec 8<"${home#*:}"
	flock 8
	ln -s "$top/netrc" "${home#*:}/.netrc"
	run --separate-stderr popfetch -f rc
	rm -f "${home#*:}/.netrc"
	exec 8<&-
	[ "$status" -eq 78 ]
	assert_says 'belongs to user 0, not to'
}

# A session that stands still once joe is in; sets $popfetch_pid.
stand_still()
{
	cat >script <<-'END'
	tls
	serve greeting
	on STAT
	stall
	END
	serve --script script
}

start_still()
{
	: >log
	# No shell in between: its memory has the word.
	(ulimit -S -c "$(ulimit -H -c)"
	    exec env "${source_env[@]}" "$popfetch_bin" -f rc -vvv </dev/null \
	    2>err 3>&- 7<word) &
	popfetch_pid=$!
	wait_until 60 grep -q 'C: STAT' log || fail "$(<err)"
}

# children PID
children()
{
	local f line

	for f in /proc/[0-9]*/stat; do
		{ read -r line <"$f"; } 2>/dev/null || continue
		line=${line##*) ? }
		[ "${line%% *}" != "$1" ] || echo "${f//[^0-9]/}"
	done
}

# Runs with each source, stands still after login, and looks.
each_source_still()
{
	local s

	stand_still
	for s in $sources; do
		use "$s"
		start_still
		courier=$(children "$popfetch_pid")
		fetcher=$(children "$courier")
		[ -n "$courier" ] && [ -n "$fetcher" ] || fail 'no processes'
		"$@" "$s"
		popfetch_end
	done
}

in_no_line_or_environment()
{
	local pid

	for pid in $popfetch_pid $courier $fetcher; do
		grep -qF popfetch "/proc/$pid/cmdline"
		never grep -qF "$secret" "/proc/$pid/cmdline"
		# Only root may look at a fetcher's, which is the courier's.
		if [ "$pid" != "$fetcher" ] || [ -r "/proc/$pid/environ" ]; then
			grep -qF "HOME=$HOME" "/proc/$pid/environ"
			never grep -qF "$secret" "/proc/$pid/environ"
		fi
		# Nor is the descriptor of passwordfd left to anybody.
		[ "$1" != passwordfd ] ||
		    never test "/proc/$pid/fd/7" -ef word
		grep -Eq '^Max core file size +0 ' "/proc/$pid/limits"
	done
	wait_until 60 grep -q 'PASS \*' err || fail "$1: no protocol shown" "$(<err)"
	never grep -qF "$secret" err
	never grep -rqF "$secret" "$XDG_STATE_HOME" inbox
}

@test "no process has a password in its arguments, environment, log or files" {
	each_source_still in_no_line_or_environment
}

# in_memory WHO PID PATTERN: every place of the password matches.
in_memory()
{
	local r=0

	printf %s "$secret" | "$memfind" "$2" >found 2>why || r=$?
	[ "$r" -ne 77 ] || return 77
	never grep -Ev "$3" found || fail "$1:" "$(<found)"
}

memory()
{
	local r=0

	in_memory "$1: supervisor" "$popfetch_pid" '^never$'
	in_memory "$1: courier" "$courier" '^1 secret '
	in_memory "$1: fetcher" "$fetcher" '^never$' || r=$?
	# Another process of its user may not look into it, root may.
	if [ "$r" -eq 77 ]; then
		grep -q 'Permission denied' why || fail "$(<why)"
	else
		[ "$r" -eq 0 ]
	fi
}

@test "after login a password is in one secret page of its courier only" {
	[ -r /proc/self/smaps ] || skip 'no /proc/PID/smaps'
	printf %s "$secret" >word
	each_source_still memory
}

@test "memfind finds what is there" {
	local r=0

	serve
	printf %s "$secret" | "$memfind" "$popd_pid" >found || r=$?
	[ "$r" -ne 77 ] || skip 'the memory of a process may not be read here'
	[ "$r" -eq 0 ]
	grep -q '^[0-9]* plain .*\[stack\]' found
}
