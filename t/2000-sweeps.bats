#!/usr/bin/env bats
# Sweeps over a small mailbox: whatever happens at whatever moment, the next run
# makes it whole.  The oracle is the multiset of digests.  make check-sweep
# tries more of them, and every point.

# sample STEP SWEEP ARGUMENT...: every STEP-th point of a sweep.
sample()
{
	SWEEP_STEP=$1 run "$srcdir/t/lib/$2" "${@:3}"
	echo "$output"
	[ "$status" -ne 77 ] || skip 'not on this system, or with this compiler'
}

passes()
{
	sample "$@"
	[ "$status" -eq 0 ]
}

# What a message that was cut makes of it.
notices()
{
	export SWEEP_SABOTAGE=1
	sample "$@"
	[ "$status" -eq 1 ]
	[[ "${lines[-1]}" =~ ([0-9]+)' altered, ' ]]
	[ "${BASH_REMATCH[1]}" -gt 0 ]
}

@test "killed before any third system call: every message once (keep)" {
	passes 3 sweep-kill keep
}

@test "killed before any second system call: every message once, server empty (nokeep)" {
	passes 2 sweep-kill nokeep
}

@test "cut after any second octet: every message once (cleartext)" {
	passes 2 sweep-cut plain nokeep yes
}

@test "cut after any third octet: every message once (no PIPELINING)" {
	passes 3 sweep-cut plain nokeep no
}

@test "cut after any third octet: every message once (implicit TLS)" {
	passes 3 sweep-cut tls nokeep yes
}

@test "cut after any third octet: every message once (STLS)" {
	passes 3 sweep-cut stls keep yes
}

@test "cut while old messages are compared and deleted: every message once" {
	passes 5 sweep-cut plain later yes
}

@test "cut within TLS, from its handshake on: every message once" {
	passes 41 sweep-cut raw-tls nokeep yes
}

@test "cut within TLS, from before STLS on: every message once" {
	passes 61 sweep-cut raw-stls nokeep yes
}

@test "in pieces of 1 to 7 octets: the same as in one (cleartext)" {
	passes 1 sweep-split plain
}

@test "in pieces of 1 to 7 octets: the same as in one (implicit TLS)" {
	passes 1 sweep-split tls nokeep
}

@test "in pieces of 1 to 7 octets: the same as in one (STLS)" {
	passes 1 sweep-split stls nokeep yes
}

@test "the cut sweep notices a message that was cut" {
	notices 40 sweep-cut plain keep yes
}

@test "the split sweep notices a message that was cut" {
	notices 1 sweep-split plain keep yes
}
