#!/usr/bin/env bats
# The standing sweeps on a small mailbox: whatever happens at whatever moment, the
# next run makes it whole.  The oracle is the multiset of digests.  Each sweep
# has a mutation that it must notice, or it would prove nothing.

setup() {
	. "$srcdir/t/lib/tls.bash"
	export certs=$builddir/t/certs
	tls_certs "$certs"
}

@test "killed before any system call: every message once (keep)" {
	run "$srcdir/t/lib/sweep-kill" keep
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "killed before any system call: every message once, server empty (nokeep)" {
	run "$srcdir/t/lib/sweep-kill" nokeep
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the kill sweep notices intents that are not written" {
	run "$srcdir/t/lib/sweep-kill" keep journal-write=skip:0,journal-sync=skip:0
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *failed* ]]
}

@test "cut after any octet: every message once (cleartext)" {
	run "$srcdir/t/lib/sweep-cut" nokeep 1
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "cut after every third octet: every message once (no PIPELINING)" {
	run "$srcdir/t/lib/sweep-cut" nokeep 3 --no-pipelining
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "cut after every third octet: every message once (implicit TLS)" {
	run "$srcdir/t/lib/sweep-cut" nokeep 3 --tls implicit \
		--cert "$certs/good.pem" --key "$certs/server.key"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "cut after any octet: every message once (STLS)" {
	run "$srcdir/t/lib/sweep-cut" keep 1 --tls stls \
		--cert "$certs/good.pem" --key "$certs/server.key"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the cut sweep notices a message that was cut" {
	SWEEP_SABOTAGE=1 run "$srcdir/t/lib/sweep-cut" keep 40
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"cut, doubled or altered"* ]]
}
