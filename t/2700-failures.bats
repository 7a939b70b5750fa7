#!/usr/bin/env bats
# What fails again and again, what is deleted when, and when a server is left
# alone: the account's memory from run to run.

. "$srcdir/t/lib/common.bash"

# mails N: messages 01 ... in $top/mail.
mails()
{
	local i

	mkdir -p "$top/mail"
	for i in $(seq -f '%02g' "$1"); do
		printf 'From: a@example.org\nSubject: %s\n\nmessage %s\n' \
		    "$i" "$i" >"$top/mail/$i"
	done
}

setup()
{
	test_setup
	popd_port
}

# serve OPTION...: popd over $top/mail, its record in $top/record.
serve()
{
	: >"$top/record"
	popd_start --port "$port" --mail "$top/mail" --record "$top/record" "$@"
}

# serve_again OPTION...: at the same port, so that it is the same maildrop.
serve_again()
{
	popd_stop
	serve "$@"
}

# fetch [OPTION...]: one run of the fault build, which knows of other days.
fetch()
{
	POPFETCH_FAULT=${fault-} "$builddir/t/lib/popfetch-fault" -f "$top/rc" \
	    --state "$top/state" "$@" </dev/null 3>&-
}

rc()
{
	local set=()

	# An MDA is not run as root otherwise.
	[ "$(id -u)" -ne 0 ] || set=('set runas root')
	account "${set[@]}" "poll work via localhost port $port tls off" \
	    "user joe password x timeout 60" "$@"
}

on_server()
{
	ls "$top/mail" | wc -l
}

recorded()
{
	grep -c -- "$1" "$top/record" || :
}

@test "a message that its MDA refuses is set aside, and holds up no other" {
	mails 6
	mkdir got
	cat >mda <<-'MDA'
	#!/bin/sh
	cat >"$1/$POPFETCH_UID.tmp"
	[ "$POPFETCH_UID" != 03 ] || [ -e "$1/better" ] || exit 1
	mv "$1/$POPFETCH_UID.tmp" "$1/$POPFETCH_UID"
	MDA
	chmod +x mda
	serve
	rc "nokeep mda '$top/mda $top/got'"

	run -65 fetch
	assert_says 'message 3: the MDA refused it'
	[ "$(ls got | grep -vc tmp)" -eq 5 ]
	[ "$(on_server)" -eq 6 ]		# no QUIT

	# The others go by a session of their own.
	run -65 fetch
	[ "$(on_server)" -eq 1 ]
	run -65 fetch
	run -65 fetch
	run -65 fetch
	assert_says 'failed 5 times and is set aside' '--retry'
	: >record

	run -0 fetch
	assert_line_count 1
	assert_says 'work: 1 messages failed 5 times and are set aside'
	[ "$(recorded RETR)" -eq 0 ]

	run -65 fetch --retry
	touch got/better
	run -0 fetch
	[ "$(on_server)" -eq 1 ]
	run -0 fetch --retry
	[ "$(on_server)" -eq 0 ]
	[ -e got/03 ]
	run -0 fetch
	assert_output_empty
}

@test "an MDA that says later is asked for ever" {
	mails 1
	serve
	rc "keep max-failures 2 mda 'exit 75'"
	for i in 1 2 3 4; do
		run -75 fetch
	done
	[ "$(recorded RETR)" -eq 4 ]
}

@test "an MDA that says later to one message keeps no other on the server" {
	mails 5
	serve
	rc "nokeep mda '[ \$POPFETCH_UID != 02 ] || exit 75'"
	run -75 fetch
	[ "$(on_server)" -eq 5 ]
	run -75 fetch
	[ "$(on_server)" -eq 1 ]
	printf 'Subject: 9\n\nnew\n' >mail/9
	run -75 fetch
	[ "$(on_server)" -eq 1 ]
}

@test "a server that refuses every DELE does not keep a late message waiting" {
	mails 3
	cat >script <<-'POP'
	serve greeting
	on DELE
	S: -ERR read only
	on 1 RETR 2
	S: -ERR not now
	POP
	: >record
	popd_start --port "$port" --mail mail --record record --script script
	rc "nokeep maildir inbox"
	run -75 fetch
	assert_mail_count inbox 2
	sed -i '/RETR/,$d' script
	popd_stop
	popd_start --port "$port" --mail mail --record record --script script
	run -75 fetch
	assert_mail_count inbox 3
}

@test "a message that cannot be retrieved is set aside, and holds up no other" {
	mails 4
	serve --fail-retr 2
	rc "keep max-failures 2 maildir inbox"
	run -75 fetch
	assert_mail_count inbox 3
	run -75 fetch
	assert_says 'message 2: not retrieved' 'set aside'
	run -0 fetch
	assert_line_count 1
	[ "$(recorded 'C: RETR 2')" -eq 2 ]
	[ "$(recorded 'C: RETR')" -eq 5 ]
}

@test "a message that failed is the last one asked for" {
	mails 3
	serve --fail-retr 1
	rc "keep maildir inbox"
	run -75 fetch
	printf 'Subject: 9\n\nnew\n' >mail/9
	: >record
	run -75 fetch
	assert_mail_count inbox 3
	[ "$(grep -o 'C: RETR [0-9]*' record | tail -n 1)" = 'C: RETR 1' ]
}

@test "too large on arrival: not delivered, no QUIT, set aside in the end" {
	mails 2
	yes 'one line more' | head -n 2000 >>mail/02
	serve --size-lie -27000
	rc "nokeep limit 10k max-failures 2 maildir inbox"
	run -75 fetch
	assert_says 'over the limit'
	assert_mail_count inbox 1
	popd_idle
	[ "$(recorded 'C: QUIT')" -eq 0 ]
	[ "$(on_server)" -eq 2 ]
	run -75 fetch
	run -0 fetch
	assert_says 'set aside'
	[ "$(on_server)" -eq 1 ]
}

@test "keep AGE: deleted that long after its delivery, compared before" {
	mails 3
	serve
	rc "keep 3d maildir inbox"
	run -0 fetch
	fault=clock-days=2:0 run -0 fetch
	assert_output_empty
	[ "$(on_server)" -eq 3 ]
	printf 'Subject: 9\n\nnew\n' >mail/9
	fault=clock-days=4:0 run -0 fetch
	assert_mail_count inbox 4
	[ "$(on_server)" -eq 1 ]
	[ "$(recorded 'C: TOP')" -eq 3 ]
	[ "$(recorded 'C: RETR')" -eq 4 ]
}

@test "keep AGE: a clock set back deletes nothing and repeats nothing" {
	mails 2
	serve
	rc "keep 3d maildir inbox"
	fault=clock-days=30:0 run -0 fetch
	run -0 fetch
	assert_output_empty
	[ "$(on_server)" -eq 2 ]
	assert_mail_count inbox 2
	[ "$(recorded 'C: RETR')" -eq 2 ]
}

@test "max-delete: so many a run, and it says that it stops" {
	mails 5
	serve
	rc "nokeep max-delete 2 maildir inbox"
	run -0 fetch
	assert_says '3 messages .* stay .* no more than 2 \(max-delete\)'
	[ "$(on_server)" -eq 3 ]
	run -0 fetch
	assert_says '1 messages .* stay'
	run -0 fetch
	assert_output_empty
	[ "$(on_server)" -eq 0 ]
	assert_mail_count inbox 5
}

@test "expunge: deletions are final after every N" {
	mails 7
	serve
	rc "nokeep expunge 3 maildir inbox"
	run -0 fetch
	assert_output_empty
	[ "$(recorded 'C: QUIT')" -eq 3 ]
	[ "$(on_server)" -eq 0 ]
	assert_mail_count inbox 7
}

@test "expunge: what was final before the line was cut is not done again" {
	mails 7
	popd_start --port "$port" --mail mail --record record --cut 320 \
	    --cut-conn 2
	rc "nokeep expunge 3 maildir inbox"
	run -75 fetch
	[ "$(on_server)" -eq 4 ]
	run -0 fetch
	[ "$(on_server)" -eq 0 ]
	assert_mail_count inbox 7
}

@test "expunge and a server that ignores DELE: it comes to an end" {
	mails 7
	serve --ignore-dele
	rc "nokeep expunge 3 max-delete 1000 maildir inbox"
	run -0 timeout 200 "$BASH" -c "$(declare -f fetch); builddir=$builddir
	    top=$top; fetch"
	assert_mail_count inbox 7
	assert_says 'no more than 7'
	[ "$(recorded '# connection')" -le 5 ]
	run -0 fetch
	assert_mail_count inbox 7
}

# uids LETTER: the UIDs begin with that.
uids()
{
	local m

	for m in mail/*; do
		echo "${m##*/} $1${m##*/}"
	done >uids
}

@test "all UIDs new (another server): nothing is fetched again" {
	mails 30
	uids a
	serve --uids uids
	rc "keep maildir inbox"
	run -0 fetch
	uids b
	printf 'Subject: 9\n\nnew\n' >mail/99
	serve_again --uids uids
	run -0 fetch
	assert_output_empty
	assert_mail_count inbox 31
	[ "$(recorded 'C: RETR')" -eq 1 ]
	[ "$(recorded 'C: TOP')" -eq 31 ]
	: >record
	run -0 fetch
	[ "$(recorded 'C: RETR')" -eq 0 ]
	[ "$(recorded 'C: TOP')" -eq 0 ]
}

@test "all UIDs new and no TOP: retrieved and compared, delivered no more" {
	mails 8
	uids a
	serve --uids uids --no-top
	rc "keep maildir inbox"
	run -0 fetch
	uids b
	printf 'Subject: 9\n\nnew\n' >mail/99
	serve_again --uids uids --no-top
	run -0 fetch
	assert_mail_count inbox 9
	same_mail mail inbox
}

@test "all UIDs new and sizes counted otherwise: nothing is delivered again" {
	mails 8
	uids a
	serve --uids uids
	rc "keep maildir inbox"
	run -0 fetch
	uids b
	serve_again --uids uids --size-lie -4
	run -0 fetch
	assert_mail_count inbox 8
}

@test "all UIDs new, to be deleted: compared and deleted" {
	mails 8
	uids a
	serve --uids uids
	rc "keep maildir inbox"
	run -0 fetch
	uids b
	serve_again --uids uids
	rc "nokeep maildir inbox"
	run -0 fetch
	[ "$(on_server)" -eq 0 ]
	assert_mail_count inbox 8
	[ "$(recorded 'C: RETR')" -eq 8 ]
}

@test "all UIDs new, to be deleted: another mail with the same header is no copy" {
	printf 'Subject: x\n\none\n' | install -D /dev/stdin mail/1
	uids a
	serve --uids uids
	rc "keep maildir inbox"
	run -0 fetch
	printf 'Subject: x\n\ntwo\n' >mail/1
	uids b
	serve_again --uids uids
	rc "nokeep maildir inbox"
	run -0 fetch
	[ "$(on_server)" -eq 0 ]
	assert_mail_count inbox 2
}

@test "new mail with a known header is fetched when all UIDs are new" {
	mails 4
	uids a
	serve --uids uids
	rc "keep maildir inbox"
	run -0 fetch
	uids b
	printf 'From: a@example.org\nSubject: 01\n\nanother text\n' >mail/01x
	serve_again --uids uids
	run -0 fetch
	assert_mail_count inbox 5
}

@test "a server that lists nothing for once: nothing comes again" {
	mails 5
	serve
	rc "keep maildir inbox"
	run -0 fetch
	mv mail elsewhere
	mkdir mail
	serve_again
	run -0 fetch
	assert_output_empty
	rmdir mail
	mv elsewhere mail
	serve_again
	run -0 fetch
	assert_output_empty
	assert_mail_count inbox 5
	[ "$(recorded 'C: RETR')" -eq 0 ]
	: >record
	run -0 fetch
	[ "$(recorded 'C: TOP')" -eq 0 ]
}

@test "a UID that comes back with another message: that is delivered" {
	mails 2
	serve
	rc "keep maildir inbox"
	run -0 fetch
	mv mail/01 kept
	run -0 fetch
	printf 'From: b@example.org\nSubject: 1\n\nnot the same\n' >mail/01
	run -0 fetch
	assert_mail_count inbox 3
}

@test "a refused login rests: a timer does not lock the user out" {
	mails 1
	serve --user joe --pass right
	rc "keep maildir inbox"
	run -77 fetch
	assert_line_count 1
	for i in 1 2 3; do
		run -77 fetch
		assert_output_empty
	done
	[ "$(recorded '# connection')" -eq 1 ]
	run -77 fetch -v
	assert_says 'tried again in 15 minutes'

	# Again after the first rest, which is twice as long then.
	fault=clock-days=1:0 run -77 fetch
	assert_line_count 1
	fault=clock-days=1:0 run -77 fetch -v
	assert_says 'tried again in 30 minutes'
	[ "$(recorded '# connection')" -eq 2 ]
}

@test "a refused login is tried again once the file is edited" {
	mails 1
	serve --user joe --pass x
	rc "keep maildir inbox"
	sed -i 's/password x/password y/' rc
	touch -d '1 hour ago' rc
	run -77 fetch
	run -77 fetch
	assert_output_empty
	sed -i 's/password y/password x/' rc
	touch -d '1 minute' rc
	run -0 fetch
	assert_mail_count inbox 1
	touch -d '1 hour ago' rc
	run -0 fetch
}

@test "a maildrop that is in use rests for ten minutes" {
	mails 1
	serve --auth-fail '[IN-USE] somebody reads'
	rc "keep maildir inbox"
	run -75 fetch
	assert_says 'IN-USE' "a timer's runs try again after 10 minutes"
	run -75 fetch
	assert_output_empty
	run -75 fetch -v
	assert_says 'tried again in 10 minutes'
	[ "$(recorded '# connection')" -eq 1 ]
	fault=clock-days=1:0 run -75 fetch
	[ "$(recorded '# connection')" -eq 2 ]
}

@test "LOGIN-DELAY is kept, without a word and without an error" {
	mails 1
	serve --capa 'LOGIN-DELAY 900'
	rc "keep maildir inbox"
	run -0 fetch
	for i in 1 2 3; do
		run -0 fetch
		assert_output_empty
	done
	[ "$(recorded '# connection')" -eq 1 ]
	fault=clock-days=1:0 run -0 fetch
	[ "$(recorded '# connection')" -eq 2 ]
}

@test "EXPIRE 0 and keep: told on the first run" {
	mails 2
	serve --expire0
	rc "keep maildir inbox"
	run -0 fetch
	assert_says 'EXPIRE 0'
	run -0 fetch
	assert_output_empty
	assert_mail_count inbox 2
}

@test "EXPIRE 0: no QUIT while a message is not delivered" {
	mails 3
	serve --expire0
	rc "keep max-failures 2 mda '[ \$POPFETCH_UID != 02 ]'"
	run -65 fetch
	[ "$(on_server)" -eq 3 ]
	popd_idle
	[ "$(recorded 'C: QUIT')" -eq 0 ]
}

@test "a server that adds Status and X-UIDL fields: compared without them" {
	mails 3
	serve
	rc "keep maildir inbox"
	run -0 fetch
	for i in 01 02; do
		{
			sed '/^$/q' "mail/$i" | sed '$d'
			printf 'Status: RO\nX-UIDL: %s\n\n' "$i"
			sed '1,/^$/d' "mail/$i"
		} >new
		mv new "mail/$i"
	done
	rc "nokeep maildir inbox"
	run -0 fetch
	assert_mail_count inbox 3
	[ "$(on_server)" -eq 0 ]
	[ "$(recorded 'C: RETR')" -eq 3 ]
}

@test "the same header and another size: all of it is compared" {
	mails 2
	serve
	rc "keep maildir inbox"
	run -0 fetch
	echo 'one line more' >>mail/01
	rc "nokeep maildir inbox"
	run -0 fetch
	assert_mail_count inbox 3
	[ "$(on_server)" -eq 0 ]
	[ "$(recorded 'C: RETR')" -eq 3 ]
}
