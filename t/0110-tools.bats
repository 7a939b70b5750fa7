#!/usr/bin/env bats
# The tests' own tools: sysfault, which the sweeps rely on, and mkmail.

load lib/common.bash

# never COMMAND...: it must fail.  Bash lets "!" pass whatever comes of it.
never()
{
	! "$@" || fail "should have failed: $*"
}

sysfault=$builddir/t/lib/sysfault

setup()
{
	test_setup
	case $BATS_TEST_DESCRIPTION in
	sysfault*)
		"$sysfault" true || [ $? -ne 77 ] || skip 'no ptrace here'
		;;
	esac
}

# calls PROCESS FILE: how many system calls it made.
calls()
{
	awk -v p="$1" 'NF == 2 && $1 == p { print $2 }' "$2"
}

# nth PROCESS NAME FILE: the number of its first call of that name.
nth()
{
	awk -v p="$1" -v c="$2" '$1 == p && $3 == c { print $2; exit }' "$3"
}

@test "sysfault changes nothing when nothing is asked for" {
	run -3 "$sysfault" sh -c 'echo a | cat; (exit 3)'
	[ "$output" = a ]
	run -143 "$sysfault" sh -c 'kill -TERM $$'
	run -127 "$sysfault" "$top/nothing"
	run -64 "$sysfault"
	run -64 "$sysfault" -e EWHAT true
}

@test "sysfault names processes in the order of their birth" {
	"$sysfault" -c counts sh -c '(:; (:; :) & wait); (:); :'
	run cut -d ' ' -f 1 counts
	[ "$output" = "$(printf '%s\n' 0 0.1 0.1.1 0.2)" ]
}

@test "sysfault counts the same each time" {
	"$sysfault" -c a sh -c 'cat /dev/null; : | :'
	"$sysfault" -c b sh -c 'cat /dev/null; : | :'
	cmp <(grep '^0.1 ' a) <(grep '^0.1 ' b)
	[ "$(calls 0.1 a)" -gt 10 ]
}

@test "sysfault -n kills before the call: it does not happen" {
	local n

	"$sysfault" -v -c counts mkdir d
	n=$(nth 0 mkdir counts)
	[ -n "$n" ] || n=$(nth 0 mkdirat counts)
	rmdir d
	run -137 "$sysfault" -n "$n" mkdir d
	[ ! -e d ]
	run -137 "$sysfault" -n $((n + 1)) mkdir d
	[ -d d ]
	run -137 "$sysfault" -n "$(calls 0 counts)" mkdir e
	run -0 "$sysfault" -n $(($(calls 0 counts) + 1)) mkdir f
}

@test "sysfault -p kills that process alone; the others go on" {
	run -0 "$sysfault" -p 0.1 -n 1 sh -c \
	    '(echo no; :); echo $?; (echo yes); echo end'
	[ "$(grep -v Killed <<<"$output")" = $'137\nyes\nend' ]
}

@test "sysfault -e makes the call fail once, and does not do it" {
	local n

	"$sysfault" -v -c counts mkdir d
	n=$(nth 0 mkdir counts)
	[ -n "$n" ] || n=$(nth 0 mkdirat counts)
	rmdir d
	run -1 "$sysfault" -n "$n" -e ENOSPC mkdir d
	[[ $output == *'No space left on device'* ]]
	[ ! -e d ]
	run -1 "$sysfault" -n "$n" -e 5 mkdir d e
	[[ $output == *"'d': Input/output error"* && $output != *"'e'"* ]]
	[ ! -e d ]
	[ -d e ]
}

@test "sysfault passes signals, stops and continuations on" {
	run -0 timeout 200 "$sysfault" bash -c '
		trap "echo usr1" USR1
		sleep 300 &
		kill -STOP $!
		until grep -q "^State:.[Tt]" /proc/$!/status; do :; done
		kill -USR1 $$
		kill -CONT $!
		kill -TERM $!
		wait $!
		echo $?'
	[ "$output" = $'usr1\n143' ]
}

@test "sysfault takes its processes with it" {
	"$sysfault" sh -c 'echo $$ >pid; sleep 600 & echo $! >child; wait' 3>&- &
	wait_until 60 test -s child
	kill -KILL $!
	wait_until 60 process_gone "$(<pid)"
	wait_until 60 process_gone "$(<child)"
}

@test "mkmail makes the same of the same seed, and other of another" {
	"$mkmail" -s 1 -n 60 -f mixed -e ea a
	"$mkmail" -s 1 -n 30 -f mixed -e eb b
	"$mkmail" -s 2 -n 30 -f mixed c
	[ "$(ls a | wc -l)" -eq 60 ]
	[ "$(ls ea | wc -l)" -eq 60 ]
	for f in $(ls b); do
		cmp "a/$f" "b/$f"
		cmp "ea/$f" "eb/$f"
	done
	never cmp -s a/00001.eml c/00001.eml
}

@test "mkmail -e is the wire form with LF for CRLF and a last line end" {
	local f

	"$mkmail" -s 3 -n 90 -f mixed -e e w
	for f in $(ls w); do
		perl -0777 -pe 's/(?<!\r\n)\z/\r\n/ if length; s/\r\n/\n/g' \
		    "w/$f" | cmp - "e/$f"
	done
	[ -n "$(find w -empty)" ]
	[ -n "$(find w -size +1000k)" ]
	for f in '\0' '\r[^\n]' '[^\r]\n\.\n' '\r\.\r' '\r\n\.\r\n' \
	    '[\x80-\xff]{99}'; do
		perl -0777 -ne "\$n++ if /$f/; END { exit !\$n }" w/* ||
		    fail "no message has $f"
	done
}

@test "mkmail --oracle is the multiset of digests" {
	mkdir a b
	echo x >a/1
	echo x >a/2
	echo y >b/1
	"$mkmail" --oracle a b >got
	sha256sum a/1 a/2 b/1 | cut -d ' ' -f 1 | sort | cmp - got
	[ "$(uniq got | wc -l)" -eq 2 ]
	mkdir c
	"$mkmail" --oracle c >got
	[ ! -s got ]
	run -66 "$mkmail" --oracle nowhere
}
