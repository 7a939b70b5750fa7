# Completion of popfetch's command line for bash.  The options and the kinds of
# their values are what "popfetch --help" prints.

# Lines "LONG SHORT KIND"; - for none.
_popfetch_options()
{
	"$1" --help 2>/dev/null | sed -n '
		s/\[=[A-Z]*\]//
		s/^  \(-.\), --/\1 --/p
		s/^      --/- --/p' | sed '
		s/^\(-[^ ]*\) \(--[a-z-]*\)=\([A-Z]*\).*/\2 \1 \3/
		t
		s/^\(-[^ ]*\) \(--[a-z-]*\).*/\2 \1 -/'
}

# The names of the accounts; "$2" is the run-control file or empty.
_popfetch_accounts()
{
	"$1" --show-config --json ${2:+-f "$2"} 2>/dev/null </dev/null |
	    sed -n 's/^{"label":"\([^"\\]*\)".*/\1/p' | sort -u
}

_popfetch()
{
	local IFS=$' \t\n' cmd=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]} file='' kind='' i
	local long short of longs=''

	# "--file=x" comes as three words.
	if [ "$cur" = = ]; then
		cur=''
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	while read -r long short of; do
		longs+=" $long"
		[ "$of" = - ] || [ "$prev" != "$long" -a "$prev" != "$short" ] ||
		    kind=$of
	done < <(_popfetch_options "$cmd")
	COMPREPLY=()
	case $kind in
	FILE)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	DIR)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	CMD)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return ;;
	WHEN)
		mapfile -t COMPREPLY < <(
		    compgen -W 'auto always never' -- "$cur")
		return ;;
	HOW)
		mapfile -t COMPREPLY < <(
		    compgen -W 'implicit starttls off' -- "$cur")
		return ;;
	?*)
		return ;;
	esac
	if [[ $cur = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$longs" -- "$cur")
		return
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-f | --file)
			file=${COMP_WORDS[i + 1]}
			[ "$file" != = ] || file=${COMP_WORDS[i + 2]} ;;
		esac
	done
	mapfile -t COMPREPLY < <(
	    compgen -W "$(_popfetch_accounts "$cmd" "$file")" -- "$cur")
}

complete -F _popfetch popfetch
