# What real servers do: each quirk of a list that was made from other fetchers'
# sources, changes and complaints is played by some test.  Those that need more
# than one run, or more than one kind of trouble at a time, are here.
#
#  1 no UIDL			hostile/listing "no UIDL: ..."
#  2 two messages, one UID	hostile/listing "two messages with one UID ...",
#				"all messages with one UID"
#  3 all UIDs change at once	here
#  4 a UID used again		hostile/retr "a UID that now is another ...",
#				hostile/quit "new mail has the old UIDs ..."
#  5 UIDs too long, or odd	hostile/listing "UIDs of 71 ..." and on
#  6 blanks, +OK, no UID	hostile/listing "several blanks ...",
#				"+OK before ...", "an empty UID ..."
#  7 UIDL n without the number	hostile/listing "the message's number ..."
#  8 LIST and UIDL disagree	hostile/listing "LIST knows less ..." and on
#  9 STAT and LIST disagree	hostile/listing "STAT that says ..."
# 10 sizes lie			hostile/listing "sizes ..."; with a limit: here
# 11 no CRLF before the dot	hostile/retr "a dot appended ..."; here
# 12 RETR refused		hostile/retr "RETR refused ..."
# 13 TOP broken			hostile/retr "TOP ..."
# 14 PIPELINING broken		here
# 15 capabilities late, in	hostile/capa "tags in lower case ...",
#    lower case, gone		"capabilities that come after ...",
#				hostile/stls "no capabilities under TLS ..."
# 16 closes, hangs on CAPA	hostile/capa "a server that ... on CAPA ...",
#    or on a failed login	hostile/login "closed instead ...", "reset ..."
# 17 locked, told in words	hostile/login "a locked mailbox ..." and on
# 18 time between logins	hostile/login "LOGIN-DELAY ...",
#				hostile/capa "LOGIN-DELAY ..."; here
# 19 idle cut after a minute	hostile/timing "a slow MDA ...",
#				"... while an MDA is at work"; 1400-mda
# 20 bare LF			hostile/greeting "a bare LF ...",
#				hostile/retr "LF.LF ..." and on; 1300-broken
# 21 NUL, bare CR, no CRLF	hostile/retr "all octets ..." and on
# 22 hidden once it was read	here; EXPIRE 0: hostile/quit "a server that
#				deletes what was retrieved ..."
# 23 no passwords any more	here
# 24 app passwords		here
# 25 QUIT slow or unanswered	hostile/quit "QUIT committed ..." and on
# 26 locked after a drop	hostile/login "IN-USE ..."; here
# 27 a fake stamp for APOP	there is no APOP: hostile/greeting "an APOP
#				stamp is no reason for APOP"
# 28 octets nobody asked for	hostile/retr "a dot too many" and on, likewise
#				in capa, listing, login, quit
# 29 half open, dripping	hostile/timing
# 30 a pseudo message		hostile/retr "the pseudo message ..."
# 31 headers that come later	hostile/retr "TOP with headers ..."

load lib/common.bash

setup()
{
	test_setup
	popd_port
	mkdir wire want
}

# mail NAME TEXT: a message of the server, with the escapes of printf.
mail()
{
	printf "$2" >"wire/$1"
	printf "$2" | sed 's/\r$//' >"want/$1"
}

mails()
{
	mail a 'Subject: one\r\n\r\nfirst\r\n'
	mail b 'Subject: two\r\n\r\nsecond\r\n'
	mail c 'Subject: three\r\n\r\nthird\r\n'
}

# server OPTION...: plays the script of its standard input to each connection.
server()
{
	sed 's/^\t*//' >script
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --record record --script script --port "$port" "$@"
	rc nokeep
}

# What waits for a timeout sets $timeout.
rc()
{
	account "poll work via localhost port $port tls off" \
	    "timeout ${timeout-60} user joe password secret maildir inbox $*"
}

# fetch STATUS [ARGUMENT...]
fetch()
{
	local wanted=$1

	shift
	run --separate-stderr popfetch -f rc "$@"
	[ "$status" -eq "$wanted" ] || fail "status $status, not $wanted"
}

# What the server noted of its N-th connection.
session()
{
	awk -v n="$1" '/^# connection/ { i++ } i == n' record
}

assert_connections()
{
	local n

	n=$(grep -c '^# connection' record)
	[ "$n" -eq "$1" ] || fail "$n connections, not $1"
}

pipelines()
{
	session "$1" | grep -qx '# pipelined without leave'
}

# All is here, once, and gone from the server.
assert_all()
{
	same_mail want inbox
	[ -z "$(ls wire)" ] || fail "on the server: $(ls wire)"
	assert_staging_empty inbox
}

# --- 14: a flight of commands breaks the server, or what is in between

# A server that announces PIPELINING; what popd notes tells who makes use of it.
announcing='serve greeting
on CAPA
S: +OK
S: UIDL
S: TOP
S: PIPELINING
S: .'

# Up to the listing, which is one flight.
opening='S: +OK
C: CAPA
S: +OK
S: UIDL
S: PIPELINING
S: .
C: USER joe
C: PASS secret
S: +OK
S: +OK
C: STAT
C: UIDL
C: LIST'

# broken BLOCK: a server whose first session is that one, and the others are
# well.
broken()
{
	mails
	server --no-pipelining <<<"$1
connection
$announcing"
}

# The first run goes on by itself; the next one knows.
assert_retried()
{
	fetch 0
	assert_output_empty
	assert_connections 2
	never pipelines 2
	assert_all
	mail d 'Subject: four\r\n\r\n4\r\n'
	mail e 'Subject: five\r\n\r\n5\r\n'
	fetch 0
	assert_connections 3
	never pipelines 3
	assert_all
}

@test "broken pipelining: all but the first command of a flight are dropped" {
	timeout=4
	broken "$opening
	S: +OK 3 99
	stall"
	assert_retried
}

@test "broken pipelining: an answer of the flight is garbage" {
	broken "$opening
	S: +OK 3 99
	S: \x00?UIDL\x00LIST"
	assert_retried
}

@test "broken pipelining: the second command is unknown all of a sudden" {
	broken "$opening
	S: +OK 3 99
	S: -ERR unknown command
	S: -ERR unknown command"
	assert_retried
}

@test "broken pipelining: the server closes" {
	broken "$opening
	close"
	assert_retried
}

@test "broken pipelining: a flight of RETRs stalls, and nothing arrives twice" {
	timeout=4
	broken "$announcing
on RETR 2
stall"
	assert_retried
	session 1 | grep -qx 'C: RETR 2'
}

@test "broken pipelining: a flight of RETRs gets garbage" {
	broken "$announcing
on RETR 2
S: 250 2.1.0 Ok"
	assert_retried
}

@test "what is as bad one by one is tried once more, and not blamed on PIPELINING" {
	mails
	server --no-pipelining <<<"$announcing
on LIST
S: what?"
	fetch 76
	assert_line_count 1
	assert_says '^popfetch: work: .*LIST.*what\?'
	assert_connections 2
	pipelines 1
	never pipelines 2
	fetch 76
	pipelines 3
}

@test "a login is not tried again, however it broke" {
	timeout=4
	mails
	server <<-'END'
	serve greeting
	on PASS
	stall
	END
	fetch 75
	assert_connections 1
}

# --- 10, 11: bodies that are not what was said

@test "sizes that lie, with a limit: what came counts" {
	mail a 'Subject: small, said to be large\r\n\r\nx\r\n'
	mail b "Subject: large, said to be small\r\n\r\n$(printf %0900d 0)\r\n"
	mail c 'Subject: small, said to be nothing\r\n\r\nx\r\n'
	mail d "Subject: large, said to be half\r\n\r\n$(printf %0900d 0)\r\n"
	mail e 'Subject: small, and so it says\r\n\r\nx\r\n'
	server <<-'END'
	serve greeting
	on LIST
	S: +OK
	S: 1 5000
	S: 2 20
	S: 3 0
	S: 4 450
	S: 5 39
	S: .
	END
	rc nokeep limit 500
	fetch 75
	assert_line_count 1
	assert_says 'limit'
	# What was retrieved and thrown away could go at QUIT.
	never grep -q '^C: QUIT' record
	mkdir small
	cp want/[ce] small
	same_mail small inbox
	[ "$(ls wire | wc -l)" -eq 5 ]

	# The server is a better one, and there is no limit any more.
	popd_stop
	popd_start --tls off --wire --mail wire --port "$port"
	rc nokeep
	fetch 0
	assert_all
}

@test "a message that never ends holds up no other" {
	timeout=4
	mails
	server <<-'END'
	serve greeting
	on RETR 1
	S: +OK
	S: Subject: one
	S: 
	S: first.
	stall
	END
	fetch 75
	assert_says 'RETR 1' 'ends in a dot'
	assert_line_count 1
	fetch 75
	assert_line_count 1
	mkdir good
	cp want/[bc] good
	same_mail good inbox
	[ "$(ls wire)" = a ]
	session "$(grep -c '^# connection' record)" | never grep -q '^C: QUIT'

	popd_stop
	popd_start --tls off --wire --mail wire --port "$port"
	fetch 0
	assert_all
}

@test "a message with a dot that is not stuffed is not delivered cut" {
	mails
	mail b 'Subject: two\r\n\r\nabove\r\n.\r\nbelow\r\n'
	server <<-'END'
	serve greeting
	on RETR 2
	S: +OK
	S: Subject: two
	S: 
	S: above
	S: .
	delay 100
	S: below
	S: .
	END
	rc keep
	fetch 76
	assert_line_count 1
	fetch 76
	mkdir good
	cp want/[ac] good
	same_mail good inbox

	popd_stop
	popd_start --tls off --wire --mail wire --port "$port"
	rc nokeep
	fetch 0
	assert_all
}

@test "a message that cannot be had is set aside, but not for trouble that passes" {
	mails
	server <<-'END'
	serve greeting
	on RETR 1
	S: -ERR [SYS/TEMP] the disk is away
	on RETR 2
	S: -ERR gone with the wind
	END
	rc keep max-failures 1
	fetch 75
	assert_line_count 1
	fetch 75
	[ "$(session 2 | grep '^C: RETR')" = 'C: RETR 1' ]
	assert_says 'set aside.*--retry'
	fetch 75 --retry
	session 3 | grep -qx 'C: RETR 2'
	assert_mail_count inbox 1
}

# --- 3, 22: what is listed changes behind our back

@test "all UIDs change at once: nothing arrives twice, and the new mail does" {
	local f n=0

	"$mkmail" -s 35 -n 12 -f plain -e want wire
	popd_start --tls off --wire --mail wire --record record --port "$port"
	rc keep
	fetch 0
	same_mail want inbox
	popd_stop

	printf 'Subject: new\r\n\r\nx\r\n' >wire/zz
	printf 'Subject: new\n\nx\n' >want/zz
	for f in wire/*; do
		echo "${f##*/} moved-$((n++))"
	done >uids
	rm record
	popd_start --tls off --wire --mail wire --record record \
	    --port "$port" --uids uids
	fetch 0
	same_mail want inbox
	[ "$(grep -c '^C: RETR' record)" -eq 1 ]
	fetch 0
	never grep -q '^C: RETR' <(session 2)
	rc nokeep
	fetch 0
	assert_all
}

@test "a server that hides what was read once, though the session died" {
	mails
	server <<-'END'
	serve greeting
	on RETR 3
	S: +OK
	S: Subject: three
	cut
	connection
	serve greeting
	END
	fetch 75
	mv wire/a wire/b .
	fetch 0
	assert_all
	mv a b wire
	fetch 0
	assert_all
}

# --- 18, 23, 24, 26: servers that do not let in

@test "time between logins: waited for if it is short, quiet if it is not" {
	mails
	server <<-'END'
	serve greeting
	on CAPA
	S: +OK
	S: UIDL
	S: LOGIN-DELAY 2
	S: .
	connection
	serve greeting
	on CAPA
	S: +OK
	S: UIDL
	S: LOGIN-DELAY 900
	S: .
	END
	fetch 0
	mail d 'Subject: four\r\n\r\n4\r\n'
	fetch 0
	assert_connections 2
	assert_all
	mail e 'Subject: five\r\n\r\n5\r\n'
	fetch 0
	assert_output_empty
	assert_connections 2
	fetch 0 --retry
	assert_connections 3
	assert_all
}

@test "a maildrop that stays locked after a drop is left alone, and no password is doubted" {
	mails
	server <<-'END'
	serve greeting
	on RETR 2
	S: +OK
	cut
	connection
	serve greeting
	on PASS
	S: -ERR [IN-USE] Do you have another POP session running?
	connection
	serve greeting
	END
	fetch 75
	fetch 75
	assert_says 'another POP session'
	never grep -qi 'check the .*password' <<<"$stderr"
	fetch 75
	assert_output_empty
	assert_connections 2
	fetch 0 --retry
	assert_all
}

@test "app passwords, and no passwords at all: the server's words and address are shown" {
	mails
	server <<-'END'
	serve greeting
	on CAPA
	S: -ERR
	on PASS
	S: -ERR Please using authorized code to login. More information at http://service.mail.example/cgi-bin/help?subtype=1&id=28
	connection
	serve greeting
	on PASS
	S: -ERR [AUTH] Basic authentication is disabled.
	connection
	serve greeting
	END
	fetch 77
	assert_line_count 1
	assert_says 'authorized code to login. More information at http://service.mail.example/cgi-bin/help\?subtype=1&id=28'
	fetch 77
	assert_output_empty
	assert_connections 1
	fetch 77 --retry
	assert_line_count 1
	assert_says 'Basic authentication is disabled' 'check .*password'
	fetch 0 --retry
	assert_all
}
