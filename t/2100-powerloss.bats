#!/usr/bin/env bats
# Power failures: whatever part of the unsynced writes, names and removals a crash
# leaves, the next run makes it whole.  A sample here; all of it in
# make check-sweep.  Each sync that the protocol needs is left out once, and each
# two steps are swapped: the sweep must notice, or it would prove nothing.

@test "every message once, whatever a power failure leaves" {
	SWEEP_STATES=70 run "$srcdir/t/lib/check-sweep" \
		-d "$BATS_TEST_TMPDIR/sweeps" power
	echo "$output"
	[[ "$output" != *': not possible here'* ]] || skip 'no ptrace'
	[ "$status" -eq 0 ]
	[[ "${lines[-1]}" =~ ^all\ +840\ +0\ +0\ +0\ +0\  ]]
	[ "$(grep -l ' [3-9] batches' "$BATS_TEST_TMPDIR"/sweeps/*.log |
	    wc -l)" -eq 12 ]
}

@test "noticed: every sync that is left out, every two steps that are swapped" {
	run "$srcdir/t/lib/sweep-mutations" '^caught.*\tpower '
	echo "$output"
	[[ "$output" != *broken* ]] || skip 'no ptrace'
	[ "$status" -eq 0 ]
	[ "$(grep -c '^caught ' <<<"$output")" -ge 17 ]
}

@test "a mutation that no sweep notices is told, and fails" {
	mkdir -p "$BATS_TEST_TMPDIR/t"
	cp -r "$srcdir/t/lib" "$BATS_TEST_TMPDIR/t"
	printf 'caught\tno-such-probe=skip:0\t-\tpower nokeep\tnothing\n' \
		>"$BATS_TEST_TMPDIR/t/lib/mutations"
	srcdir=$BATS_TEST_TMPDIR SWEEP_STATES=20 \
		run "$srcdir/t/lib/sweep-mutations"
	echo "$output"
	[[ "$output" != *broken* ]] || skip 'no ptrace'
	[ "$status" -eq 1 ]
	[[ "$output" == *'SURVIVED  nothing'* ]]
}
