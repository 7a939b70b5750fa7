#!/usr/bin/env bats
# Samples of the sweeps over faults; make check-sweep tries every point.  A
# process is killed at a system call, a system call fails, an allocation fails,
# the disk is full: the next run makes it whole, and the failed one says in one
# line why.  Each sweep has mutations that it must notice.

# sample STEP SWEEP ARGUMENT...: every STEP-th point of a sweep.
sample()
{
	SWEEP_STEP=$1 run "$srcdir/t/lib/$2" "${@:3}"
	echo "$output"
	[ "$status" -ne 77 ] || skip 'not on this system, or with this compiler'
	[ "$status" -eq 0 ]
}

@test "killed: an MDA gets every message, again only if it was interrupted" {
	sample 9 sweep-kill mda
}

@test "killed between and in batches" {
	sample 61 sweep-kill batches
}

@test "killed while recovering" {
	sample 5 sweep-kill recovery
}

@test "killed while the Maildir is looked through for what a lost journal knew" {
	sample 7 sweep-kill forgotten
}

@test "killed while the journal is written anew" {
	sample 11 sweep-kill compaction
}

@test "killed, and killed again while recovering" {
	sample 151 sweep-kill pairs
}

@test "a system call fails: nothing is lost, the next run makes it whole (keep)" {
	sample 31 sweep-error keep
}

@test "a system call fails: only what is delivered is deleted (nokeep)" {
	sample 29 sweep-error nokeep
}

@test "a system call fails: only what the MDA has is deleted" {
	sample 47 sweep-error mda
}

@test "a system call fails during recovery: the next run makes it whole" {
	sample 23 sweep-error recovery
}

@test "an allocation fails: the next run makes it whole" {
	sample 97 sweep-alloc nokeep
}

@test "an allocation fails: the next run makes it whole (MDA)" {
	sample 97 sweep-alloc mda
}

@test "an allocation fails, OpenSSL's too: the next run makes it whole (TLS)" {
	sample 151 sweep-alloc tls
}

@test "all allocations fail from some point on: the next run makes it whole" {
	SWEEP_EVER=1 sample 607 sweep-alloc tls
}

@test "the disk is full: nothing is lost, and with room it goes on" {
	sample 1 sweep-disk nokeep
}

@test "noticed: intents and renames that are left out, errors that are ignored" {
	run "$srcdir/t/lib/sweep-mutations" '^caught.*\t(kill|error|disk) '
	echo "$output"
	[[ "$output" != *broken* ]] || skip 'not on this system'
	[ "$status" -eq 0 ]
	[ "$(grep -c '^caught ' <<<"$output")" -ge 10 ]
}
