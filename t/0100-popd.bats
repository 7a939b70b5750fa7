#!/usr/bin/env bats
# The tests' own server: what it promises in t/server/README.

load lib/common.bash

# never COMMAND...: it must fail.  Bash lets "!" pass whatever comes of it.
never()
{
	! "$@" || fail "should have failed: $*"
}

popd=$builddir/t/server/popd
sysfault=$builddir/t/lib/sysfault

# talk LINE...: sends the lines without waiting, prints what comes back.  In a
# shell of its own, for a server that has closed already ends who writes to it.
talk()
(
	trap '' PIPE
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf '%s\r\n' "$@" |
	    dd bs=1M iflag=fullblock status=none >&$fd 2>/dev/null || :
	cat <&$fd 2>/dev/null || :
)

# tls_talk OPTION... -- LINE...
tls_talk()
{
	local opts=()

	while [ "$1" != -- ]; do
		opts+=("$1")
		shift
	done
	shift
	printf '%s\r\n' "$@" | openssl s_client -quiet -CAfile "$certs/ca.pem" \
	    -verify_return_error -connect "localhost:$port" "${opts[@]}" \
	    2>tls.log
}

# same_lines LINE...: $output, without CRs, is these lines.
same_lines()
{
	diff -u <(printf '%s\n' "$@") <(tr -d '\r' <<<"$output") >&2 ||
	    fail 'not what was expected'
}

# recorded [LINE...]: what the record has but for the greeting.
recorded()
{
	diff -u <(printf '%s\n' "$@") <(grep -v 'popd ready' record) >&2 ||
	    fail 'the record is not what was expected'
}

# retrieved N FILE: the N-th message of a session's octets, as stored.
retrieved()
{
	perl -0777 -ne 's/\A.*?\+OK\r\n.*?\+OK[^\r]*\r\n//s or die;
	    s/\A\+OK\r\n//s or die;
	    $_ = "\r\n$_"; s/\r\n\.\r\n.*?\z/\r\n/s or die "no end";
	    s/\r\n\./\r\n/g; s/\A\r\n//; s/\r\n/\n/g; print' "$1"
}

two_messages()
{
	mkdir mail
	printf 'Subject: one\n\n.dot\nbody\nlast' >mail/1
	printf 'Subject: two\n\na\nb\nc\n' >mail/2
}

# ended_with STATUS: popd ends by itself.
ended_with()
{
	local was=0

	wait "$popd_pid" || was=$?
	[ "$was" -eq "$1" ] || fail "popd ended with $was, not $1"
}

login=('USER joe' 'PASS secret')

# wait_record REGEX
wait_record()
{
	wait_until 60 grep -q -e "$1" record ||
	    fail "the record has no $1:" "$(<record)"
}

@test "popd: a session says what RFC 1939 says, word for word" {
	two_messages
	popd_start --mail mail
	run talk CAPA "${login[@]}" STAT LIST 'LIST 2' UIDL 'UIDL 1' 'RETR 1' \
	    'TOP 2 2' 'TOP 2 0' NOOP 'DELE 1' 'DELE 1' STAT RSET 'list 1' \
	    'RETR 3' 'RETR x' 'LIST 0' FOO '' QUIT
	same_lines '+OK popd ready' \
	    +OK USER RESP-CODES AUTH-RESP-CODE TOP UIDL PIPELINING . \
	    +OK '+OK 2 messages' '+OK 2 59' +OK '1 34' '2 25' . '+OK 2 25' \
	    +OK '1 1' '2 2' . '+OK 1 1' \
	    +OK 'Subject: one' '' '..dot' body last . \
	    +OK 'Subject: two' '' a b . +OK 'Subject: two' '' . \
	    +OK +OK '-ERR no such message' '+OK 1 25' +OK '+OK 1 34' \
	    '-ERR no such message' '-ERR a message number is needed' \
	    '-ERR no such message' '-ERR what?' '-ERR what?' +OK
}

@test "popd: every line ends with CRLF, whatever the file has" {
	mkdir mail
	printf 'a\nb\r\nc' >mail/1
	popd_start --mail mail
	talk "${login[@]}" 'RETR 1' QUIT >out
	printf '%s\r\n' '+OK popd ready' +OK '+OK 1 messages' +OK a b c . +OK |
	    cmp - out
}

@test "popd: --wire sends a file's octets; a dot after a bare LF is none" {
	mkdir mail
	printf '.a\n.\nb\r\n.\r\nc\0\r.\r\n\n.\r\n\r\n.d' >mail/1
	popd_start --mail mail --wire
	talk "${login[@]}" 'LIST 1' 'RETR 1' QUIT >out
	{
		printf '%s\r\n' '+OK popd ready' +OK '+OK 1 messages' \
		    '+OK 1 27' +OK
		printf '..a\n.\nb\r\n..\r\nc\0\r.\r\n\n.\r\n\r\n..d\r\n.\r\n'
		printf '+OK\r\n'
	} | cmp - out
}

@test "popd: each odd message of mkmail arrives as it has to be stored" {
	local i

	"$mkmail" -s 5 -n 100 -f mixed -e want mail
	popd_start --mail mail --wire
	for ((i = 3; i <= 99; i += 3)); do
		talk "${login[@]}" "RETR $i" QUIT >out
		retrieved out >got
		cmp got "want/$(printf %05d.eml "$i")"
	done
	[ "$i" -gt 90 ]
}

@test "popd: LIST counts the octets on the wire, stuffing apart" {
	local i size

	"$mkmail" -s 6 -n 60 -f mixed wire
	popd_start --mail wire --wire
	talk "${login[@]}" LIST QUIT | tr -d '\r' >out
	for ((i = 1; i <= 60; i++)); do
		perl -0777 -ne 's/(?<!\r\n)\z/\r\n/ if length; print' \
		    "wire/$(printf %05d.eml "$i")" >one
		size=$(stat -c %s one)
		grep -qx "$i $size" out || fail "message $i: not $size"
	done
	"$mkmail" -s 6 -n 60 -f plain text
	sed -i 's/\r$//' text/*
	popd_start --mail text
	talk "${login[@]}" LIST QUIT | tr -d '\r' >out
	for ((i = 1; i <= 60; i++)); do
		size=$(sed 's/$/\r/' "text/$(printf %05d.eml "$i")" | wc -c)
		grep -qx "$i $size" out || fail "text $i: not $size"
	done
}

@test "popd: a size is counted anew when the file has changed" {
	two_messages
	popd_start --mail mail
	printf 'x\n' >mail/1
	rm mail/2
	printf 'xx\n' >mail/3
	run talk "${login[@]}" LIST QUIT
	same_lines '+OK popd ready' +OK '+OK 2 messages' +OK '1 3' '2 4' . +OK
}

@test "popd: QUIT deletes what DELE marked; RSET and a lost line do not" {
	two_messages
	popd_start --mail mail --record record
	talk "${login[@]}" 'DELE 1' RSET QUIT >out
	[ "$(echo mail/*)" = 'mail/1 mail/2' ]
	{
		exec {fd}<>"/dev/tcp/127.0.0.1/$port"
		printf '%s\r\n' "${login[@]}" 'DELE 1' >&$fd
		wait_record 'C: DELE 1'
		wait_until 60 eval '[ "$(tail -n 1 record)" = "# turn" ]'
		exec {fd}>&-
	}
	wait_record 'closed by client'
	[ "$(echo mail/*)" = 'mail/1 mail/2' ]
	talk "${login[@]}" 'DELE 2' QUIT >out
	[ "$(echo mail/*)" = 'mail/1' ]
}

@test "popd: a locked maildrop is in use until its session ends" {
	local fd

	two_messages
	popd_start --mail mail --record record
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf '%s\r\n' "${login[@]}" >&$fd
	wait_record '2 messages'
	run talk "${login[@]}" QUIT
	same_lines '+OK popd ready' +OK '-ERR [IN-USE] somebody else is in' +OK
	exec {fd}>&-
	run talk "${login[@]}" QUIT
	same_lines '+OK popd ready' +OK '+OK 2 messages' +OK
}

@test "popd: names, passwords and a maildrop per user" {
	mkdir -p users/joe users/sue
	: >users/sue/1
	popd_start --users users --pass secret
	run talk 'USER sue' 'PASS secret' QUIT
	same_lines '+OK popd ready' +OK '+OK 1 messages' +OK
	run talk 'USER joe' 'PASS wrong' 'USER ..' 'PASS secret' \
	    'USER tim' 'PASS secret' STAT QUIT
	same_lines '+OK popd ready' +OK '-ERR [AUTH] no' +OK \
	    '-ERR [AUTH] no' +OK '-ERR [AUTH] no such maildrop' \
	    '-ERR not now' +OK
	popd_start --mail users/joe --user joe
	run talk 'USER sue' 'PASS x' 'PASS x' 'USER joe' 'PASS x' QUIT
	same_lines '+OK popd ready' +OK '-ERR [AUTH] no' '-ERR [AUTH] no' \
	    +OK '+OK 0 messages' +OK
}

@test "popd: --uids gives any octets as UID" {
	two_messages
	printf '2 \001\377 x\n' >uids
	popd_start --mail mail --uids uids
	talk "${login[@]}" UIDL QUIT >out
	printf '%s\r\n' '+OK popd ready' +OK '+OK 2 messages' +OK '1 1' \
	    $'2 \001\377 x' . +OK | cmp - out
}

@test "popd: commands ahead of the answer are pipelining without leave" {
	two_messages
	popd_start --mail mail --record record --no-pipelining --delay 30
	run talk CAPA QUIT
	never grep PIPELINING <<<"$output"
	grep -q '# pipelined without leave' record

	rm record
	popd_start --mail mail --record record --no-pipelining --delay 30
	polite CAPA "${login[@]}" STAT QUIT
	never grep 'pipelined' record
	[ "$(grep -c '^C:' record)" -eq 5 ]
}

# polite LINE...: waits for the status line before it sends the next; for
# CAPA for the end.
polite()
{
	local fd line cmd

	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	read -r -u $fd line
	for cmd; do
		printf '%s\r\n' "$cmd" >&$fd
		read -r -u $fd line
		[[ $cmd == CAPA && $line == +* ]] || continue
		until [ "$line" = $'.\r' ]; do
			read -r -u $fd line
		done
	done
	exec {fd}>&-
}

@test "popd: TLS from the start" {
	two_messages
	popd_start --mail mail --tls implicit --cert "$certs/good.pem" \
	    --key "$certs/server.key" --record record
	run tls_talk -- "${login[@]}" 'RETR 2' QUIT
	same_lines '+OK popd ready' +OK '+OK 2 messages' +OK 'Subject: two' \
	    '' a b c . +OK
	grep -qx '# tls' record
}

@test "popd: STLS; what comes ahead of it ends the connection" {
	two_messages
	popd_start --mail mail --tls stls --cert "$certs/good.pem" \
	    --key "$certs/server.key" --record record
	run talk CAPA QUIT
	grep -q '^STLS' <<<"$output"
	run tls_talk -starttls pop3 -- CAPA "${login[@]}" QUIT
	never grep -q '^STLS' <<<"$output"
	grep -q '^+OK 2 messages' <<<"$output"
	run talk STLS CAPA
	never grep -q PIPELINING <<<"$output"
	grep -qx '# input ahead of TLS' record
	grep -q '^# tls failed' record
}

@test "popd: --cut K sends K octets and no more, for every K" {
	local k total

	two_messages
	popd_start --mail mail --count count
	talk "${login[@]}" 'RETR 1' QUIT >whole
	total=$(stat -c %s whole)
	[ "$(<count)" -eq "$total" ]
	for ((k = 0; k <= total; k++)); do
		popd_start --mail mail --cut "$k" --once 2
		talk "${login[@]}" 'RETR 1' QUIT >out
		head -c "$k" whole | cmp - out
		[ "$k" -ne 7 ] || {
			talk QUIT >out
			grep -q ready out
			ended_with 0
			continue
		}
		popd_stop
	done
	[ "$total" -gt 80 ]
}

@test "popd: of TLS a cut leaves no close_notify, but with --cut-clean" {
	two_messages
	set -- --mail mail --tls implicit --cert "$certs/good.pem" \
	    --key "$certs/server.key" --cut 20
	popd_start "$@"
	printf '+OK popd ready\r\n+OK\r' >want
	tls_talk -ign_eof -- "${login[@]}" >out || :
	cmp out want
	grep -qi 'unexpected eof' tls.log
	popd_start "$@" --cut-clean
	tls_talk -ign_eof -- "${login[@]}" >out
	cmp out want
	never grep -qi 'unexpected eof' tls.log
}

@test "popd: --stall is silence on an open connection; --cut-conn says which" {
	local fd out

	two_messages
	popd_start --mail mail --stall 5 --cut-conn 2 --record record
	talk "${login[@]}" QUIT >out
	grep -q messages out
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf '%s\r\n' "${login[@]}" >&$fd
	wait_record '# stalled'
	read -r -N 5 -u $fd out
	[ "$out" = '+OK p' ]
	run ! read -r -t 0.1 -N 1 -u $fd out
	exec {fd}>&-
	wait_record '# closed by client'
}

@test "popd: --chunk makes every piece a write of its own" {
	local octets writes

	two_messages
	setsid "$sysfault" -v -c calls "$popd" --mail mail --chunk 2 --once 1 \
	    --port-file port --max-seconds 600 3>&- &
	popd_pids+=($!)
	wait_until 60 test -s port
	port=$(<port)
	talk "${login[@]}" 'RETR 1' QUIT >out
	wait "${popd_pids[-1]}" || [ $? -ne 77 ] || skip 'no ptrace'
	octets=$(stat -c %s out)
	writes=$(grep -c '^0\.1 .* sendto$' calls)
	# Several pieces are whole: pairs, and the odd end of each flight.
	[ "$writes" -ge $((octets / 2)) ]
	[ "$writes" -le $((octets / 2 + 5)) ]
}

@test "popd: --delay costs a flight once, however many commands it has" {
	local start end lines=() i

	two_messages
	for ((i = 0; i < 200; i++)); do
		lines+=(NOOP)
	done
	popd_start --mail mail --delay 200 --record record
	start=${EPOCHREALTIME/./}
	talk "${login[@]}" "${lines[@]}" QUIT >out
	end=${EPOCHREALTIME/./}
	[ "$(grep -c '^+OK' out)" -eq 204 ]
	# Connecting, and the only flight, which came with it; one by one they
	# would cost 40 seconds.
	[ $((end - start)) -ge 400000 ]
	[ $((end - start)) -lt 20000000 ]

	rm record
	popd_start --mail mail --delay 200 --record record
	start=${EPOCHREALTIME/./}
	polite "${login[@]}" QUIT
	end=${EPOCHREALTIME/./}
	[ $((end - start)) -ge 1000000 ]
	recorded '# connection 1' '# turn' 'C: USER joe' 'S: +OK' '# turn' \
	    'C: PASS secret' 'S: +OK 2 messages' '# turn' 'C: QUIT' \
	    '# quit' 'S: +OK'
}

@test "popd: lies, refusals and other words" {
	two_messages
	popd_start --mail mail --size-lie -5 --fail-retr 2 --no-uidl --no-top \
	    --capa 'X-A 1' --capa X-B --greeting 'hello' --ignore-dele
	run talk CAPA "${login[@]}" LIST UIDL 'TOP 1 1' 'RETR 2' 'DELE 1' QUIT
	same_lines '+OK hello' +OK USER RESP-CODES AUTH-RESP-CODE PIPELINING \
	    'X-A 1' X-B . +OK '+OK 2 messages' +OK '1 29' '2 20' . \
	    '-ERR no UIDL here' '-ERR no TOP here' '-ERR cannot read it' +OK +OK
	[ -e mail/1 ]
	popd_start --mail mail --no-capa --greeting '-ERR [SYS/TEMP] later' \
	    --auth-fail '[AUTH] not you'
	run talk CAPA "${login[@]}" QUIT
	same_lines '-ERR [SYS/TEMP] later' '-ERR what?' +OK \
	    '-ERR [AUTH] not you' +OK
	popd_start --mail mail --expire0
	run talk CAPA "${login[@]}" 'RETR 2' QUIT
	grep -q '^EXPIRE 0' <<<"$output"
	[ "$(echo mail/*)" = mail/1 ]
}

# quit_with OPTION: $output is what QUIT after "DELE 1" gets.
quit_with()
{
	rm -rf mail record
	two_messages
	popd_start --mail mail --record record "$@"
	run talk "${login[@]}" 'DELE 1' QUIT
	output=$(tail -n +5 <<<"$output")
}

@test "popd: QUIT fails in every way there is" {
	local fd

	quit_with --quit-fail
	same_lines '-ERR some deleted messages not removed'
	[ -e mail/1 ]
	quit_with --quit-drop
	[ -z "$output" ]
	[ ! -e mail/1 ]
	quit_with --quit-drop-early
	[ -z "$output" ]
	[ -e mail/1 ]

	popd_start --mail mail --record record --quit-hang
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf '%s\r\n' "${login[@]}" 'DELE 1' QUIT >&$fd
	wait_until 60 eval '[ ! -e mail/1 ]'
	wait_until 60 eval '[ "$(tail -n 1 record)" = "# quit" ]'
	exec {fd}>&-
	wait_record 'closed by client'
}

@test "popd: a script is played octet by octet" {
	printf 'from\0a\nfile' >file
	cat >script <<-'END'
	# a comment

	S: +OK hi \\ there
	C: CAPA
	S- \x00\xffa\tb\r\n
	loop 2
	loop 3
	fill 2 2e
	end
	C~ US
	end
	C*
	file file
	close
	connection
	S: +OK second
	C*
	cut
	END
	popd_start --script script --once 3 --record record
	talk CAPA USER 'USE x' any >out
	{
		printf '+OK hi \\ there\r\n\0\377a\tb\r\n............from\0a\n'
		printf 'file'
	} | cmp - out
	talk X >out
	printf '+OK second\r\n' | cmp - out
	talk X >out
	grep -q second out
	ended_with 0
}

@test "popd: a client that leaves the script makes popd exit 1" {
	local said line

	printf '%s\n' 'S: +OK' 'C: CAPA' 'S: -ERR' 'C~ USER j' 'S: +OK' >script
	while IFS=: read -r line said; do
		rm -f record
		popd_start --script script --once 1 --record record
		talk "${said//,/$'\r\n'}" >out
		ended_with 1
		grep -qx "# mismatch at line $line" record
	done <<-'END'
	2:CAPA extra
	2:CAP
	4:CAPA,USER k
	4:CAPA,USE
	END

	rm -f record
	popd_start --script script --once 1 --record record
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	wait_record 'turn'
	exec {fd}>&-
	ended_with 1
	grep -qx '# mismatch at line 2' record

	popd_start --script script --once 1 --record record
	polite CAPA 'USER j'
	ended_with 0
}

@test "popd: rules take the place of answers, or go around them" {
	two_messages
	printf '%s\n' 'S: +OK mine' 'serve authorization' 'on 2 NOOP' \
	    'S: -ERR second' 'on NOOP' 'S- first ' pass 'on DELE' pass pass \
	    'on RSET' close connection 'serve greeting' 'on QUIT' 'S: -ERR' \
	    close >script
	popd_start --script script --mail mail --once 2 --record record
	run -0 talk "${login[@]}" NOOP NOOP NOOP 'DELE 1' RSET
	same_lines '+OK mine' '+OK' '+OK 2 messages' 'first +OK' \
	    '-ERR second' 'first +OK' '+OK' '-ERR no such message'
	run -0 talk "${login[@]}" STAT QUIT
	same_lines '+OK popd ready' '+OK' '+OK 2 messages' '+OK 2 59' '-ERR'
	ended_with 0
}

@test "popd: a script can hand over to the server, and start TLS" {
	two_messages
	printf '%s\n' 'S: +OK hi' 'C: AUTH X' 'S: +OK in' 'serve transaction' \
	    connection 'S: +OK hi' 'C: STLS' 'S: +OK' tls 'serve greeting' \
	    >script
	popd_start --script script --mail mail --cert "$certs/good.pem" \
	    --key "$certs/server.key"
	run talk 'AUTH X' STAT 'DELE 1' QUIT
	same_lines '+OK hi' '+OK in' '+OK 2 59' +OK +OK
	[ ! -e mail/1 ]
	run tls_talk -starttls pop3 -- "${login[@]}" QUIT
	grep -q '^+OK 1 messages' <<<"$output"
}

@test "popd: wrong use is exit 64" {
	mkdir mail
	run -64 "$popd"
	run -64 "$popd" --mail mail --frobnicate
	run -64 "$popd" --mail mail extra
	run -64 "$popd" --mail mail --delay x
	run -64 "$popd" --mail mail --tls maybe
	run -64 "$popd" --mail mail --tls stls
	run -64 "$popd" --mail nowhere
	for line in X: 'S: \q' 'S: \x1' 'fill 3' 'fill x 00' 'loop 2' end \
	    'delay' 'close x' 'serve x' 'serve greeting' 'file nowhere'; do
		printf '#\n%s\n' "$line" >script
		run -64 "$popd" --script script
		[[ $line == serve\ greeting || $output == *'line 2'* ]]
	done
}

@test "popd: SIGTERM ends it well, and its connections with it" {
	local fd

	two_messages
	popd_start --mail mail
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	read -r -u $fd line
	kill -TERM "$popd_pid"
	ended_with 0
	run -1 read -r -u $fd line
	exec {fd}>&-
}

@test "popd: SIGKILL leaves no process behind" {
	local fd

	two_messages
	popd_start --mail mail --stall 3
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	read -r -N 3 -u $fd line
	kill -KILL "$popd_pid"
	wait_until 60 group_gone "$popd_pid"
	exec {fd}>&-
}

@test "popd: --hold has the port to itself, and to another popd" {
	local held

	popd_port
	held=$port
	never eval 'exec 9<>"/dev/tcp/127.0.0.1/$held"' 2>/dev/null
	two_messages
	popd_start --mail mail --port "$held"
	run talk QUIT
	same_lines '+OK popd ready' +OK
	popd_stop
	popd_start --mail mail --port "$held"
	run talk QUIT
	same_lines '+OK popd ready' +OK
	popd_stop
	never eval 'exec 9<>"/dev/tcp/127.0.0.1/$held"' 2>/dev/null
}

@test "popd: --max-seconds ends it with status 1" {
	two_messages
	popd_start --mail mail --max-seconds 1
	ended_with 1
}

@test "popd: any input at all is survived" {
	two_messages
	popd_start --mail mail --once 4 --record record
	head -c 200000 /dev/urandom >noise
	printf '\r\nQUIT\r\n' >>noise
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	cat noise >&$fd
	cat <&$fd >out
	exec {fd}>&-
	grep -q '^-ERR what' out
	talk "$(printf '%0200000d' 0)" >out
	talk "${login[@]}" "USER $(printf '%0600d' 7)" 'RETR' \
	    'RETR 99999999999999999999' 'RETR -1' 'TOP 1' 'TOP 1 x' 'LIST 1 2' \
	    'PASS' 'UIDL 1x' 'DELE  1' $'\001\377' QUIT >out
	tail -n 1 out | grep -q '^+OK'
	talk "RETR 1" "DELE 1" "STLS" "TOP" "USER" "PASS x" QUIT >out
	ended_with 0
	grep -q 'line too long' record
}

@test "popd: a message of 1 GB takes little memory" {
	mkdir mail
	truncate -s 1G mail/1
	grep -q __asan_init "$popd" || ulimit -v 200000
	popd_start --mail mail --wire
	[ "$(talk "${login[@]}" 'RETR 1' QUIT | wc -c)" -eq 1073741876 ]
}
