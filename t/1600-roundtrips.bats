# Round trips are what a fetch costs on a real line.  popd notes "# turn" in
# its record whenever it has answered and has to wait.  A client that has to wait
# for the processor longer than the delay makes more of them, so these are long.

load lib/common.bash

# turns COUNT POPD-ARGUMENT...: of a first fetch of so many small messages.
turns()
{
	local n=$1

	shift
	rm -rf inbox home/.local wire want record
	"$mkmail" -s 61 -n "$n" -f tiny -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --record record "$@"
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox' "${words-keep}"
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	popd_stop
	turns=$(grep -c '^# turn' record)
	echo "$n messages: $turns turns"
}

@test "1,000 small messages take no more round trips than 100" {
	local few

	turns 100 --delay 400
	few=$turns
	turns 1000 --delay 400
	[ "$turns" -le $((few + 5)) ] ||
	    fail "100 messages: $few turns, 1,000: $turns"
}

@test "deleting 1,000 messages takes few round trips, too" {
	words=nokeep
	turns 1000 --delay 400
	[ "$turns" -le 40 ] || fail "$turns turns"
}

@test "without PIPELINING each message takes its own" {
	turns 30 --no-pipelining --delay 20
	[ "$turns" -ge 15 ] || fail "$turns turns: pipelined against the RFC"
	[ "$turns" -le 40 ] || fail "$turns turns"
}

@test "a poll with nothing new takes five turns, or fewer" {
	"$mkmail" -s 62 -n 20 -f tiny wire
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --record record --delay 400
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox keep'
	run -0 --separate-stderr popfetch -f rc
	: >record
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	never grep -q RETR record
	grep -q '^C: UIDL' record
	[ "$(grep -c '^# turn' record)" -le 5 ] || fail "$(<record)"
}
