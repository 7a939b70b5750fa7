# The column of popfetch in the table of make compare: no fault in it.  Other
# fetchers are no part of this; in their place is one that has every fault, as the
# table would prove nothing if it did not tell.

load lib/common.bash

# A small fetcher, whose faults have names.
naive()
{
	cat >"$top/naive" <<-'END'
	#!/usr/bin/env bash
	mode=$1 port=$2 box=$3
	case $mode in
	idle) exit 0 ;;
	once) mkdir "$HOME/lock" || exit 1 ;;
	forge) printf 'Message-ID: <x@example.org>\n\npay\n' >"$box/new/x" ;;
	esac
	exec {s}<>"/dev/tcp/127.0.0.1/$port" || exit 1
	ask() {
		printf '%s\r\n' "$1" >&"$s"
		IFS= read -r -t 8 line <&"$s" || exit 1
	}
	[ "$mode" != endless ] || exec yes >"$box/tmp/endless"
	read -r line <&"$s"
	ask 'USER joe'
	ask 'PASS secret'
	ask STAT
	read -r _ n _ <<<"$line"
	for ((i = 1; i <= n; i++)); do
		ask "RETR $i"
		while IFS= read -r -t 8 line <&"$s" && [ "$line" != $'.\r' ]; do
			printf '%s\n' "${line%$'\r'}"
		done >"$box/new/$$.$i"
		[ "$line" = $'.\r' ] || exit 1
		[ "$mode" != lose ] || rm "$box/new/$$.$i"
		[ "$mode" = leave ] || ask "DELE $i"
	done
	ask QUIT
	END
	chmod 755 "$top/naive"
	cat >"$top/$1" <<-END
	program='$top/naive'
	ours=yes
	version() { echo 1; }
	sink() { echo maildir; }
	prepare() {
		: >"\$home/rc"
		command=("\$program" $1 "\$port" "\$box")
	}
	END
}

compare()
{
	run --separate-stderr "$srcdir/t/compare/run" -t "$@"
}

# notices CASE FAULT WORDS
notices()
{
	naive "$2"
	compare -c "$1" "$top/$2"
	[ "$status" -eq 1 ] || fail "exit $status"
	[[ $output == *$'\t'"$2 1"$'\t'"$3"* ]] || fail "not: $3"
	[[ $output == *"FAULT: $2: "* ]]
}

@test "popfetch has no fault in any case" {
	local n

	compare popfetch popfetch-mda
	[ "$status" -eq 0 ] || fail "exit $status"
	# Eight cases and the syncs, of both columns.
	n=$(grep -c $'\tok$' <<<"$output") || :
	[ "$n" -eq 16 ] || fail "$n are ok, not 16"
	n=$(wc -l <<<"$output")
	[ "$n" -eq 18 ] || fail "$n lines, not 18"
}

@test "noticed: doubled and cut mails" {
	notices cut none '3 doubled; 1 cut'
}

@test "noticed: lost mails" {
	notices twins lose '6 lost'
}

@test "noticed: lost mails under UIDs that come again" {
	notices reuse lose '12 lost'
}

@test "noticed: altered mails, and how" {
	notices octets none '1 altered (NUL dropped)'
}

@test "noticed: forged mails" {
	notices dots forge '1 forged'
}

@test "noticed: mails that stay on the server" {
	notices twins leave '18 doubled; 6 left on the server'
}

@test "noticed: a fetcher that does not run" {
	notices kill idle 'fault not reached; never connected (exit 0)'
}

@test "noticed: a fetcher that runs once only" {
	notices kill once 'refuses to run again; '
}

@test "noticed: a fetcher that does not end" {
	notices early endless 'no end (killed after '
}

@test "noticed: mails that are not synced" {
	command -v strace >/dev/null || skip 'no strace'
	notices sync none '0 / 0; not synced'
}

@test "a fetcher that is not installed is told to be so" {
	naive none
	rm "$top/naive"
	sed -i /^ours/d "$top/none"
	compare -c cut "$top/none"
	[ "$status" -eq 0 ]
	[[ $output == *$'\tnone\tnot installed' ]]
}
