#!/usr/bin/env bats
# Delivery into a Maildir, when the world changes between a crash and the next
# run, or the state is lost: each message once, or said to be uncertain and
# still on the server.

load lib/common.bash

setup()
{
	test_setup
	fault_bin=$builddir/t/lib/popfetch-fault
	sysfault=$builddir/t/lib/sysfault
	mkdir -p wire
}

teardown()
{
	[ -z "${elsewhere-}" ] || rm -r "$elsewhere"
	test_teardown
}

# mail FIRST LAST: more mail on the server.
mail()
{
	local i

	mkdir -p want
	for ((i = $1; i <= $2; i++)); do
		printf 'Subject: %d\r\n\r\nmessage %d\r\n' "$i" "$i" >"wire/$i"
		printf 'Subject: %d\n\nmessage %d\n' "$i" "$i" >"want/$i"
	done
}

# rc WORDS [MAILDIR]
rc()
{
	account "poll work via localhost port $port tls off timeout 60" \
	    "user joe password secret $1 maildir '$top/${2-inbox}'"
}

# serve N [OPTION...]: N messages.
serve()
{
	mail 1 "$1"
	shift
	popd_start --tls off --user joe --pass secret --wire --mail wire "$@"
}

# A run that must end well and silently.
fetches()
{
	run --separate-stderr popfetch -f rc "$@"
	# A process of the run before may still have the lock.
	wait_until 60 lock_was_free "$@" || fail 'the lock is not given up'
	[ "$status" -eq 0 ] || fail "status $status"
}

lock_was_free()
{
	[ "$status" -eq 75 ] && [ -z "$output$stderr" ] || return 0
	run --separate-stderr popfetch -f rc "$@"
	return 1
}

# faulty FAULT: a run with failure probes, which must fail.
faulty()
{
	run --separate-stderr env POPFETCH_FAULT="$1" "$fault_bin" -f rc
	[ "$status" -ne 0 ] || fail "nothing failed by $1"
}

# killed CALL N: the courier dies before its N-th such call.
killed()
{
	run --separate-stderr "$sysfault" -p 0.1 -f "$1" -n "$2" -- \
	    "$popfetch_bin" -f rc
	[ "$status" -ne 77 ] || skip 'no ptrace'
	[ "$status" -ne 0 ] || fail 'nothing was killed'
	[[ "$stderr" != *'made no such call'* ]]
}

journal()
{
	cat "$XDG_STATE_HOME"/popfetch/*.journal
}

# A reader has seen what is in new/.
read_mail()
{
	local f

	for f in "$1"/new/*; do
		mv "$f" "$1/cur/${f##*/}:2,${2-S}"
	done
}

# All of the mail, wherever in these directories it is.
all_mail()
{
	mkdir all
	find "$@" -type f ! -name '*.alive' -exec cp {} all \;
	same_mail want all
}

# Messages of the server's that are there and none twice; some may be missing.
no_message_twice()
{
	[ -d "$1/cur" ] || return 0
	mkdir got
	find "$1"/new "$1"/cur -type f -exec cp {} got \;
	"$mkmail" --oracle got >got.sums
	rm -r got
	"$mkmail" --oracle want >want.sums
	[ -z "$(comm -13 want.sums got.sums)" ] ||
	    fail 'twice, or not from the server'
}

# The courier's reads of directories in a run.
reads()
{
	"$sysfault" -v -c calls -- "$popfetch_bin" -f rc </dev/null 3>&- || {
		[ $? -ne 77 ] || skip 'no ptrace'
		fail 'the run failed'
	}
	awk '$1 == "0.1" && $3 == "getdents64" { n++ } END { print n + 0 }' calls
}

@test "state lost: what is in new/ or cur/ is not delivered again" {
	serve 12
	rc keep
	fetches
	read_mail inbox
	mail 13 15
	fetches
	mail 16 16
	rm -r "$XDG_STATE_HOME"
	fetches
	all_mail inbox
	fetches
	assert_mail_count inbox 16
	[ "$(ls wire | wc -l)" -eq 16 ]
}

@test "state lost, nokeep: what is in new/ or cur/ is deleted on the server" {
	serve 5
	rc keep
	fetches
	read_mail inbox RSF
	rm -r "$XDG_STATE_HOME"
	rc nokeep
	fetches
	same_mail want inbox/cur
	[ "$(ls wire | wc -l)" -eq 0 ]
	assert_staging_empty inbox
}

@test "state lost, and the next run interrupted: the one after it looks, too" {
	serve 6
	rc keep
	fetches
	# As from a backup, without what is in tmp/.
	rm -r "$XDG_STATE_HOME" inbox/tmp/.popfetch
	# While it looks; it has a journal and a sentinel by then.
	killed getdents64 1
	[ -e inbox/tmp/.popfetch/*.alive ]
	assert_mail_count inbox 6
	fetches
	all_mail inbox
}

@test "journal restored from an older copy: nothing is delivered again" {
	serve 3
	rc keep
	fetches
	cp -a "$XDG_STATE_HOME" old
	mail 4 9
	fetches
	rm -r "$XDG_STATE_HOME"
	mv old "$XDG_STATE_HOME"
	fetches
	all_mail inbox
	mail 10 12
	fetches
	assert_mail_count inbox 12
}

@test "state lost, no UIDs: as many copies as the server has, no more" {
	local i

	mkdir want
	for i in 1 2 3; do
		printf 'Subject: same\r\n\r\nx\r\n' >"wire/$i"
		printf 'Subject: same\n\nx\n' >"want/$i"
	done
	popd_port
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --no-uidl --quit-drop-early --port "$port"
	rc nokeep
	run popfetch -f rc
	assert_mail_count inbox 3
	rm -r "$XDG_STATE_HOME"
	rm "$(ls -d inbox/new/* | head -n 1)"
	popd_stop
	# An account is user, host and port.
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --no-uidl --port "$port"
	fetches
	same_mail want inbox
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "fetchall delivers again what the journal knows" {
	serve 3
	rc 'keep fetchall'
	fetches
	fetches
	assert_mail_count inbox 6
	rm -r "$XDG_STATE_HOME"
	fetches
	assert_mail_count inbox 6
}

@test "new/ and cur/ are read only if something may be lost" {
	local n

	serve 3
	rc keep
	fetches
	read_mail inbox
	n=$(reads)		# nothing new: the staging directory
	[ "$n" -eq 2 ]
	mail 4 5
	[ "$(reads)" -eq "$n" ]
	rm "$XDG_STATE_HOME"/popfetch/*.journal
	[ "$(reads)" -eq $((n + 4)) ]
	all_mail inbox
}

@test "a poll that brings nothing leaves the Maildir as it is" {
	popd_start --tls off --user joe --pass secret --wire --mail wire
	mkdir -p inbox/{tmp,new,cur}
	find inbox -printf '%p %i %T@ %C@\n' | sort >before
	rc keep
	fetches
	fetches
	find inbox -printf '%p %i %T@ %C@\n' | sort >after
	cmp before after

	mail 1 3
	fetches
	find inbox -printf '%p %i %T@ %C@\n' | sort >before
	fetches
	find inbox -printf '%p %i %T@ %C@\n' | sort >after
	cmp before after
	[ -s inbox/tmp/.popfetch/*.alive ]
}

@test "killed, and the Maildir moved to another path" {
	serve 6
	rc nokeep
	killed renameat2 3
	mv inbox elsewhere
	rc nokeep elsewhere
	fetches
	same_mail want elsewhere
	assert_staging_empty elsewhere
}

@test "killed, and what was renamed is read, moved and removed" {
	serve 6
	rc nokeep
	killed renameat2 4
	mkdir archive
	[ "$(ls inbox/new | wc -l)" -eq 3 ]
	mv inbox/new/* archive
	fetches
	all_mail archive inbox
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "killed, and the Maildir replaced by another: uncertain, until it is back" {
	serve 6
	rc nokeep
	killed renameat2 3
	mv inbox old
	# One that this account has used, too.
	cp -r old inbox
	rm -f inbox/new/* inbox/tmp/.popfetch/*/*
	fetches
	assert_says 'cannot tell of [1-6] messages'
	journal | grep -q ' P '
	[ "$(ls wire | wc -l)" -ge 1 ]
	mv inbox between
	mv old inbox
	fetches
	all_mail inbox between
	never assert_says 'cannot tell'
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "killed, and the Maildir is a link that leads elsewhere now" {
	serve 6
	mkdir one
	ln -s one inbox
	rc nokeep
	killed renameat2 3
	rm inbox
	mv one two
	ln -s two inbox
	fetches
	same_mail want two
}

@test "killed, and the Maildir copied to another file system" {
	[ -w /dev/shm ] && [ "$(stat -c %d /dev/shm)" -ne "$(stat -c %d .)" ] ||
	    skip 'no other file system'
	serve 6
	rc nokeep
	killed renameat2 3
	elsewhere=$(mktemp -d -p /dev/shm)
	cp -a inbox "$elsewhere/inbox"
	ln -s "$elsewhere/inbox" other
	rc nokeep other
	fetches
	cp -a "$elsewhere/inbox" result
	same_mail want result
	assert_staging_empty result
}

@test "killed, and the Maildir copied without its links" {
	serve 4
	rc nokeep
	# Linked, and the old names not removed.
	faulty file-rename=38:0,file-remove=5:3
	cp -r --no-preserve=links inbox copy
	rc nokeep copy
	fetches
	same_mail want copy
	assert_staging_empty copy
}

@test "killed, and tmp/.popfetch removed: what is in new/ or cur/ is known" {
	serve 6
	rc nokeep
	killed renameat2 4
	read_mail inbox
	rm -r inbox/tmp/.popfetch
	fetches
	no_message_twice inbox
	# Those not renamed are uncertain, and stay, also when there is a new
	# sentinel.
	mail 7 7
	fetches
	mail 8 8
	killed renameat2 1
	fetches
	no_message_twice inbox
	[ $(($(ls wire | wc -l) + $(mail_count inbox))) -eq 8 ]
}

@test "killed, and the Maildir copied with a fault: set aside and fetched again" {
	local f

	serve 3
	rc nokeep
	killed renameat2 1
	cp -r inbox copy
	f=$(ls copy/tmp/.popfetch/*/* | head -n 1)
	printf X | dd of="$f" bs=1 seek=3 conv=notrunc status=none
	rc nokeep copy
	fetches
	assert_says 'damaged'
	same_mail want copy
	rm copy/tmp/.popfetch/*.damaged.*
	assert_staging_empty copy
}

@test "read-only: one line, and the next run makes it whole" {
	local d

	popfetch_copy
	serve 4
	rc keep
	for d in new tmp tmp/.popfetch; do
		rm -rf inbox home/.local
		mkdir -p "inbox/$d" inbox/{new,cur}
		as_user chmod 500 "inbox/$d"
		run --separate-stderr popfetch_user -f rc
		[ "$status" -ne 0 ]
		assert_line_count 1
		assert_says 'inbox.*Permission denied'
		chmod 700 "inbox/$d"
		run --separate-stderr popfetch_user -f rc
		[ "$status" -eq 0 ]
		assert_output_empty
		same_mail want inbox
	done
}

# Each message that the server has no more is in inbox.
nothing_lost()
{
	local f

	no_message_twice inbox
	for f in want/*; do
		[ -e "wire/${f##*/}" ] || grep -qrx "message ${f##*/}" \
		    inbox/new || fail "${f##*/} is lost"
	done
}

# faults FAULT...: each alone ends a run with one line and without QUIT; the next
# one makes it whole.
faults()
{
	local fault

	cp -r wire all
	for fault; do
		echo "$fault" >&2
		rm -rf inbox wire/* home/.local
		cp all/* wire
		: >record
		faulty "$fault"
		assert_line_count 1
		nothing_lost
		popd_idle
		never grep -q '^C: QUIT' record
		fetches
		assert_output_empty
		same_mail want inbox
		assert_staging_empty inbox
		[ "$(ls wire | wc -l)" -eq 0 ]
	done
}

@test "no space, no quota, I/O error: nothing lost, and whole in the next run" {
	serve 4 --record record
	rc nokeep
	faults file-create=28 file-create=122:2 file-create=28:4 \
	    file-create=30:5 file-write=28 file-write=122:2 \
	    file-syncdir=5 file-syncdir=28:3 file-syncdir=5:5 \
	    file-sync=5:2 file-sync=28:3 file-sync=122:5 \
	    file-move=28 file-move=122:3 file-move=30:4 file-rename=28:2 \
	    journal-write=28 journal-write=28:2 journal-sync=5 \
	    file-replace=28
}

@test "a failed sync: no deletion by that run, and it is not asked again" {
	serve 4 --record record
	rc nokeep
	run "$sysfault" -v -p 0.1 -f fdatasync -n 3 -e EIO -c calls -- \
	    "$popfetch_bin" -f rc
	[ "$status" -ne 77 ] || skip 'no ptrace'
	[ "$status" -eq 74 ]
	assert_says 'cannot sync.*Input/output error'
	[ "$(awk '$1 == "0.1" && $3 ~ /fdatasync|fsync|syncfs/ { n = NR }
	    $1 == "0.1" && $3 ~ /renameat2|sendto/ { m = NR }
	    END { print n, NR - n }' calls | wc -w)" -eq 2 ]
	popd_idle
	never grep -Eq '^C: (DELE|QUIT)' record
	fetches
	same_mail want inbox
}

@test "answers of NFS: moved, though the answer says otherwise" {
	local fault

	serve 5
	for fault in file-move-answer=2:0 file-move-answer=17:0 \
	    file-rename=38:0 file-rename=22:0 \
	    file-rename=38:0,file-move-answer=17:0 \
	    file-rename=38:0,file-move-answer=2:0; do
		echo "$fault" >&2
		rm -rf inbox home/.local
		rc keep
		run --separate-stderr env POPFETCH_FAULT="$fault" \
		    "$fault_bin" -f rc
		[ "$status" -eq 0 ]
		assert_output_empty
		same_mail want inbox
		assert_staging_empty inbox
	done
}

@test "answers of NFS: moved or linked, and an error" {
	serve 5 --record record
	rc nokeep
	faults file-move-answer=5:3 file-move-answer=116:2 \
	    file-rename=38:0,file-move-answer=5:3 \
	    file-rename=38:0,file-remove=5:4
}

@test "a full disk: nothing lost, and whole once there is room" {
	local i

	serve 3
	for ((i = 4; i <= 12; i++)); do
		printf 'Subject: %d\r\n\r\n' "$i" >"wire/$i"
		yes "$(printf 'a line\r')" | head -n 3000 >>"wire/$i"
		tr -d '\r' <"wire/$i" >"want/$i"
	done
	rc nokeep small/inbox
	mkdir small
	cat >full <<-'END'
	mount -t tmpfs -o size=128k none small || exit 77
	"$1" -f rc && exit 1
	mount -o remount,size=4m small || exit 77
	"$1" -f rc && cp -r small/inbox inbox
	END
	run --separate-stderr unshare -m sh full "$popfetch_bin"
	[ "$status" -ne 77 ] && [[ "$stderr" != unshare:* ]] ||
	    skip 'no file system of our own'
	[ "$status" -eq 0 ]
	assert_says 'No space left on device'
	assert_line_count 1
	same_mail want inbox
	assert_staging_empty inbox
	[ "$(ls wire | wc -l)" -eq 0 ]
}
