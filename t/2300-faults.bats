#!/usr/bin/env bats
# Samples of the sweeps over faults; make check-sweep tries every point.  A
# process is killed at a system call, a system call fails, an allocation fails:
# the next run makes it whole, and the failed one says in one line why.
# Each sweep has a mutation that it must notice, or it would prove nothing.

# sample STEP SWEEP ARGUMENT...: every STEP-th point of a sweep.
sample()
{
	local step=$1 sweep=$2

	shift 2
	SWEEP_STEP=$step run "$srcdir/t/lib/$sweep" "$@"
	echo "$output"
	[ "$status" -ne 77 ] || skip 'not on this system, or with this compiler'
}

passes()
{
	sample "$@"
	[ "$status" -eq 0 ]
}

notices()
{
	sample "$@"
	[ "$status" -ne 0 ]
	[[ "$output" == *FAIL* ]]
	[[ "$output" == *" points, "*" failed"* ]]
}

@test "killed: an MDA gets every message, again only if it was interrupted" {
	passes 5 sweep-kill mda
}

@test "killed between and in batches" {
	passes 61 sweep-kill batches
}

@test "killed while recovering" {
	passes 3 sweep-kill recovery
}

@test "killed while the journal is written anew" {
	passes 5 sweep-kill compaction
}

@test "killed, and killed again while recovering" {
	passes 101 sweep-kill pairs
}

@test "the kill sweep notices that outcomes for an MDA are not noted" {
	notices 15 sweep-kill mda journal-write=skip:0
}

@test "the kill sweep notices a recovery that only says it moved a message" {
	notices 15 sweep-kill recovery maildir-move=skip:0
}

@test "the kill sweep notices batches that are not noted" {
	notices 401 sweep-kill batches journal-write=skip:0
}

@test "the kill sweep notices a large journal that is not gone on with" {
	notices 7 sweep-kill compaction journal-write=skip:0
}

@test "the double kill sweep notices intents that are not noted" {
	notices 401 sweep-kill pairs journal-write=skip:0
}

@test "a system call fails: nothing is lost, the next run makes it whole (keep)" {
	passes 11 sweep-error keep
}

@test "a system call fails: only what is delivered is deleted (nokeep)" {
	passes 11 sweep-error nokeep
}

@test "a system call fails: only what the MDA has is deleted" {
	passes 17 sweep-error mda
}

@test "the error sweep notices a write error that is ignored" {
	export SWEEP_CALL=write
	notices 1 sweep-error nokeep file-write-error=skip:0
}

@test "the error sweep notices intents that are not noted" {
	notices 29 sweep-error keep journal-write=skip:0
}

@test "an allocation fails: the next run makes it whole" {
	passes 67 sweep-alloc nokeep
}

@test "an allocation fails: the next run makes it whole (MDA)" {
	passes 47 sweep-alloc mda
}

@test "an allocation fails, OpenSSL's too: the next run makes it whole (TLS)" {
	passes 61 sweep-alloc tls
}

@test "all allocations fail from some point on: the next run makes it whole" {
	SWEEP_EVER=1 passes 307 sweep-alloc tls
}

@test "the allocation sweep notices intents that are not noted" {
	notices 151 sweep-alloc keep journal-write=skip:0
}
