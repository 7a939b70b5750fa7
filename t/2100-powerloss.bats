#!/usr/bin/env bats
# Power failures: whatever part of the unsynced writes, names and removals a crash
# leaves, the next run makes it whole.  A sample here; all of it in
# make check-sweep.  Each sync that the protocol needs is left out once, and two
# pairs of steps are swapped: the sweep must notice, or it would prove nothing.

sweep() {
	run "$srcdir/t/lib/sweep-power" "$@"
	echo "$output"
	[ "$status" -ne 77 ] || skip "no ptrace"
}

# notices FAULT [OPTION...]: messages are lost, doubled or altered.
notices() {
	sweep nokeep "$1" -1 "${@:2}"
	[ "$status" -eq 1 ]
	[[ "${lines[-1]}" =~ ([0-9]+)' lost, '([0-9]+)' doubled, '([0-9]+)' altered' ]]
	[ $((BASH_REMATCH[1] + BASH_REMATCH[2] + BASH_REMATCH[3])) -gt 0 ]
}

@test "every message once, whatever a power failure leaves" {
	sweep full -n 100
	[ "$status" -eq 0 ]
	[[ "${lines[-1]}" == *" 900 tried, 0 wrong: 0 lost, 0 doubled, 0 altered, "* ]]
	[ "$(grep -Ec ' [3-9] batches' <<<"$output")" -eq 9 ]
}

@test "noticed: staged data not synced" {
	notices stage-sync=skip:0
}

@test "noticed: staged names not synced" {
	notices stage-syncdir=skip:0
}

@test "noticed: intents not synced" {
	notices journal-sync=skip:0
}

@test "noticed: names in new/ not synced" {
	notices maildir-syncnew=skip:0
}

@test "noticed: delivered without a rename" {
	notices maildir-move=skip:0
}

@test "noticed: intents synced before what they speak of" {
	notices "" -x stage
}

@test "noticed: renamed before the intents are synced" {
	notices "" -x journal
}
