# Looking without touching: --check, --list, --dry-run, --catch-up, --stdout,
# --json, --progress, --probe.

load lib/common.bash
load lib/dovecot.bash

# serve POPD-ARGUMENT...: five messages, implicit TLS; what is said is in log.
serve()
{
	[ -d wire ] || "$mkmail" -s 31 -n 5 -f plain -e want wire
	popd_start --cert "$certs/good.pem" --key "$certs/server.key" \
	    --tls implicit --user joe --pass secret --wire --mail wire \
	    --record log "$@"
}

# rc WORDS...: an account, and more words for it.
rc()
{
	account "poll work via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    'maildir inbox keep' "$@"
}

# The state of everything that a look must not touch.
snapshot()
{
	find "$HOME" inbox wire -printf '%p %s %T@ %i\n' 2>/dev/null | sort
}

# untouched COMMAND...: it changes nothing, and asks the server for nothing but
# the listing.
untouched()
{
	local before

	before=$(snapshot)
	: >log
	"$@"
	[ "$(snapshot)" = "$before" ] ||
	    fail 'something was changed:' "$(diff <(cat <<<"$before") \
	    <(snapshot))"
	never grep -E '^C: (RETR|TOP|DELE)' log
	grep -q '^C: QUIT' log
}

# json FIELD: of every object on standard output, which must all be right.
json()
{
	python3 -c '
import json, sys
for line in sys.stdin.buffer.read().decode("utf-8").splitlines():
    o = json.loads(line)
    assert list(o)[0] == "v" and o["v"] == 1, line
    print(*[o.get(k, "-") for k in sys.argv[1:]])
' "$@"
}

@test "--check tells how much is new, in one line and the exit status" {
	serve
	rc
	untouched run -0 --separate-stderr popfetch -f rc --check
	[[ $output =~ ^'work: 5 new of 5, '[0-9.]+' '.?i?B$ ]] || fail "$output"
	[ -z "$stderr" ]
	[ ! -e "$HOME/.local" ] && [ ! -e inbox ]
	run -0 --separate-stderr popfetch -f rc
	untouched run -1 --separate-stderr popfetch -f rc -c
	[ "$output" = 'work: 0 new of 5' ]
	run -1 --separate-stderr popfetch -f rc -qc
	assert_output_empty
}

@test "--list has number, UID, size and state, apart by tabs" {
	serve
	rc 'fetchlimit 2'
	run -0 --separate-stderr popfetch -f rc
	untouched run -0 --separate-stderr popfetch -f rc --list
	[ "${#lines[@]}" -eq 5 ]
	n=0
	for f in wire/*; do
		[ $((++n)) -le 2 ] && state=seen || state=new
		[ "${lines[n - 1]}" = "$n"$'\t'"${f#wire/}"$'\t'$(
		    wc -c <"$f")$'\t'"$state" ] || fail "${lines[n - 1]}"
	done
}

@test "--list of several accounts has the account in front" {
	serve
	rc
	popd_port
	serve --port "$port"
	account "$(<rc)" "poll home via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret maildir in2"
	run -0 --separate-stderr popfetch -f rc --list
	[ "$(cut -f 1 <<<"$output" | sort | uniq -c | xargs)" = \
	    '5 home 5 work' ]
	# One line each, and one is enough for a yes.
	run -0 --separate-stderr popfetch -f rc work
	run -0 --separate-stderr popfetch -f rc -c
	assert_says '^work: 0 new of 5$' '^home: 5 new of 5, '
	# An error counts for more than mail.
	popd_stop
	run -69 --separate-stderr popfetch -f rc -c
	[ "$output" = 'work: 0 new of 5' ]
	assert_says '^popfetch: home: .*refused'
}

# Today, unless the first message came before midnight and this is after it.
delivery_date()
{
	local first=(inbox/new/*)

	date -r "${first[0]}" +%Y-%m-%d
}

@test "--dry-run tells for each message what and why" {
	mkdir -p wire
	for n in 1 2 3 4; do
		printf 'Subject: %s\r\n\r\n%s\r\n' "$n" "$n" >"wire/$n"
	done
	"$mkmail" -s 32 -n 1 -f big -z 300000 -e /dev/null big 2>/dev/null ||
	    head -c 300000 /dev/zero | tr '\0' x | fold -w 70 |
	    sed 's/$/\r/' >wire/5
	serve
	rc 'limit 100k fetchlimit 2'
	run -0 --separate-stderr popfetch -f rc
	today=$(delivery_date)
	untouched run -0 --separate-stderr popfetch -f rc --dry-run
	[ "${#lines[@]}" -eq 5 ]
	[ "$(cut -f 4,5 <<<"$output")" = "skip	delivered $today
skip	delivered $today
fetch	new
fetch	new
skip	over the limit of 100 KiB" ] || fail "$output"
	untouched run -0 --separate-stderr popfetch -f rc --dry-run -K
	[ "$(cut -f 4,5 <<<"$output")" = \
	    "delete	delivered $today: deleted after verification
delete	delivered $today: deleted after verification
fetch	new; deleted once delivered
fetch	new; deleted once delivered
skip	over the limit of 100 KiB" ] || fail "$output"
	untouched run -0 --separate-stderr popfetch -f rc --dry-run -a
	[ "$(cut -f 4,5 <<<"$output")" = \
	    "fetch	delivered $today, fetched again
fetch	delivered $today, fetched again
skip	over the fetchlimit of 2: another run
skip	over the fetchlimit of 2: another run
skip	over the limit of 100 KiB" ] || fail "$output"
	# And it is true.
	run -0 --separate-stderr popfetch -f rc -K
	[ "$(ls wire)" = 5 ]
	assert_mail_count inbox 4
}

@test "--dry-run knows what is too old, failed, and set aside" {
	serve --fail-retr 2
	rc 'max-failures 2'
	run -75 --separate-stderr popfetch -f rc
	run -0 --separate-stderr popfetch -f rc --dry-run
	[ "$(sed -n 2p <<<"$output" | cut -f 4,5)" = \
	    'fetch	failed 1 times, tried again' ] || fail "$output"
	run -0 --separate-stderr popfetch -f rc --list
	[ "$(cut -f 4 <<<"$output" | xargs)" = 'seen failed seen seen seen' ]
	run -75 --separate-stderr popfetch -f rc
	run -0 --separate-stderr popfetch -f rc --dry-run
	[ "$(sed -n 2p <<<"$output" | cut -f 4,5)" = 'skip	failed 2 times' ]
	sed -i 's/ keep$/ keep 1d/' rc
	local journal=$(echo "$HOME"/.local/state/popfetch/*.journal)
	cp "$journal" before
	run -0 --separate-stderr env POPFETCH_FAULT=clock-days=3:0 \
	    "$builddir/t/lib/popfetch-fault" -f rc --dry-run
	[ "$(cut -f 4,5 <<<"$output" | sort | uniq -c | sed 's/^ *//')" = \
	    '4 delete	older than keep 1d: deleted after verification
1 skip	failed 2 times' ] || fail "$output"
	cmp "$journal" before
}

@test "a look goes on while another run has the lock, and does not wait" {
	serve
	rc
	mkdir -p "$HOME/.local/state/popfetch"
	exec 8>"$HOME/.local/state/popfetch/joe@localhost:$port.lock"
	flock 8
	run -75 --separate-stderr popfetch -f rc
	untouched run -0 --separate-stderr popfetch -f rc -c
	exec 8>&-
}

@test "a look finds its way in a journal that is just being written" {
	serve
	rc
	run -0 --separate-stderr popfetch -f rc
	local journal=$(echo "$HOME"/.local/state/popfetch/*.journal)
	size=$(stat -c %s "$journal")
	truncate -s $((size - 7)) "$journal"
	untouched run -0 --separate-stderr popfetch -f rc --list
	[ "$(cut -f 4 <<<"$output" | xargs)" = 'seen seen seen seen unproven' ]
	# Damage is told, as it is to a fetch.
	sed -i '3s/1/2/' "$journal"
	run -78 --separate-stderr popfetch -f rc --list
	assert_says 'line 3'
}

@test "--catch-up takes all but the newest for known, and -a undoes it" {
	serve
	rc
	: >log
	run -0 --separate-stderr popfetch -f rc --catch-up=2
	assert_output_empty
	never grep -E '^C: (RETR|TOP|DELE)' log
	run -0 --separate-stderr popfetch -f rc --list
	[ "$(cut -f 4 <<<"$output" | xargs)" = 'seen seen seen new new' ]
	run -0 --separate-stderr popfetch -f rc --dry-run -K
	[ "$(cut -f 4 <<<"$output" | xargs)" = 'skip skip skip fetch fetch' ]
	assert_says 'marked as seen 20'
	# Nothing that it did not deliver is deleted.
	run -0 --separate-stderr popfetch -f rc -K
	assert_mail_count inbox 2
	[ "$(ls wire | wc -l)" -eq 3 ]
	run -0 --separate-stderr popfetch -f rc --catch-up
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 2
	run -0 --separate-stderr popfetch -f rc -aK
	same_mail want inbox
	[ -z "$(ls wire)" ]
}

@test "--stdout is an mbox, deletes nothing and remembers nothing" {
	mkdir wire want
	printf 'Return-Path: <ann@example.org>\r\nSubject: 1\r\n\r\n%s\r\n' \
	    'From here' '>From there' '>>From' ' From x' 'Fro' >wire/1
	printf 'Subject: 2\r\n\r\nno end: From' >wire/2
	serve --capa 'EXPIRE 0' --expire0
	rc nokeep
	run -0 --separate-stderr popfetch -f rc --stdout
	[ -z "$stderr" ] || fail "$stderr"
	[ "$(ls wire | wc -l)" -eq 2 ]
	printf '%s\n' "$output" >mbox
	sed -i 's/^\(From [^ ]*\) .* 20[0-9][0-9]$/\1/' mbox
	cat >mbox.want <<-'END'
	From ann@example.org
	Return-Path: <ann@example.org>
	Subject: 1

	>From here
	Return-Path: <ann@example.org>
	Subject: 1

	>>From there
	Return-Path: <ann@example.org>
	Subject: 1

	>>From
	Return-Path: <ann@example.org>
	Subject: 1

	 From x
	Return-Path: <ann@example.org>
	Subject: 1

	Fro

	From MAILER-DAEMON
	Subject: 2

	no end: From
	END
	diff mbox.want mbox
	run -0 --separate-stderr popfetch -f rc --list
	[ "$(cut -f 4 <<<"$output" | xargs)" = 'new new' ]
	[ -z "$(find "$HOME" -name '*.journal')" ]
	[ -z "$(find "$HOME" -path '*spool*' -type f)" ]
}

@test "--stdout --raw is one message, octet by octet, or an error" {
	serve
	rc
	run -64 --separate-stderr popfetch -f rc --stdout --raw
	[ -z "$output" ]
	assert_says '--raw prints one message, and 5'
	rc 'fetchlimit 1'
	popfetch -f rc --stdout --raw >one
	mkdir got first
	mv one got/
	cp "want/$(ls want | head -n 1)" first/
	same_mail first got
}

@test "--stdout into a pipe that closes ends in an error and loses nothing" {
	serve
	rc
	set -o pipefail
	rc=0
	popfetch -f rc --stdout 2>err | head -c 1 >/dev/null || rc=$?
	[ "$rc" -eq 0 ] || [ "$rc" -eq 74 ]
	run -74 --separate-stderr bash -c '"$@" >/dev/full' - \
	    "$popfetch_bin" -f rc --stdout
	assert_line_count 1
	assert_says '^popfetch: work: message 1: .*standard output'
	[ "$(ls wire | wc -l)" -eq 5 ]
	[ -z "$(find "$HOME" -path '*spool*' -type f)" ]
}

@test "--json tells what happens, an object on each line" {
	serve --fail-retr 2
	rc nokeep
	run -75 --separate-stderr popfetch -f rc --json
	assert_says '^popfetch: work: '
	[ "$(json event action <<<"$output" | sort | uniq -c | sed 's/^ *//')" = \
	    '1 account -
1 error -
4 message deleted
1 message failed
4 message fetched
1 summary -' ] || fail "$output"
	json path <<<"$output" | grep / | while read -r f; do
		[ -f "$f" ] || fail "no file $f"
	done
	[ "$(json event account fetched failed status <<<"$output" |
	    grep -e ^account -e ^summary)" = 'account work 4 1 75
summary - 4 1 75' ] || fail "$output"
	[ "$(json event account kind status <<<"$output" | grep ^error)" = \
	    'error work temporary 75' ]
	never grep -e secret -e Subject <<<"$output"
	run -0 --separate-stderr popfetch -f rc --json --dry-run
	json event action >/dev/null <<<"$output"
	run -0 --separate-stderr popfetch -f rc --json --list
	[ "$(json event state <<<"$output" | grep -c failed)" -eq 1 ]
	run -1 --separate-stderr popfetch -f rc --json -c
	[ "$(json event messages new status <<<"$output")" = \
	    'account 1 0 0
summary 1 0 1' ] || fail "$output"
	run -78 --separate-stderr popfetch -f /dev/null/x --json
	[ "$(json event kind status <<<"$output")" = 'error config 78
summary - 78' ] || fail "$output"
}

@test "--json is UTF-8 whatever the server sent" {
	cat >script <<-'END'
	S: +OK
	C: CAPA
	S: +OK
	S: UIDL
	S: USER
	S: .
	C~ USER
	S: +OK
	C~ PASS
	S: +OK
	C: CAPA
	S: +OK
	S: UIDL
	S: .
	C: STAT
	S: +OK 3 30
	C: UIDL
	S: +OK
	S: 1 \xff\xfe"\\\x01x
	S: 2 \xc3\xa9\xed\xa0\x80\xf4\x90\x80\x80
	S: 3 a\x09b
	S: .
	C: LIST
	S: +OK
	S: 1 10
	S: 2 10
	S: 3 10
	S: .
	C: QUIT
	S: +OK
	END
	popd_start --script script
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox'
	run -0 --separate-stderr popfetch -f rc --json --list
	json uid <<<"$output"
	[ "$(json uid <<<"$output" | sed -n 2p)" = $'\xc3\xa9'"$(
	    printf '\xef\xbf\xbd%.0s' 1 2 3 4 5 6 7)" ]
	run -0 --separate-stderr popfetch -f rc --list
	[ "$(awk -F '\t' '{ print NF }' <<<"$output" | xargs)" = '4 4 4' ]
	never grep -q '[^ -~	]' <<<"$output"
}

# slow_server ANSWER: one message that takes 4 seconds, and another one that
# RETR gets this answer for.
slow_server()
{
	popd_port
	mkdir -p slow
	head -c 2999999 /dev/zero | tr '\0' a >slow/1
	printf '\n' >>slow/1
	printf 'Subject: 2\r\n\r\n' >slow/2
	printf '%s\n' 'serve greeting' 'on RETR 1' 'S: +OK' 'fill 2000000 61' \
	    'delay 4000' 'fill 999999 61' 'S: ' 'S: .' \
	    ${1:+'on RETR 2' "S: $1"} >script
	popd_start --script script --mail slow --port "$port"
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox keep'
}

@test "--progress always draws one line, and clears it" {
	slow_server
	run -0 --separate-stderr popfetch -f rc --progress always
	[ -z "$output" ]
	[[ $stderr =~ $'\r\e[Kwork 0/2  1.9/2.9 MiB  '[0-9.]+' '[KM]iB/s ]] ||
	    fail "$(cat -v <<<"$stderr")"
	[ "${stderr: -4}" = $'\r\e[K' ] || fail "$(cat -v <<<"$stderr")"
	[[ $stderr != *$'\n'* ]]
	assert_mail_count inbox 2
}

@test "what is said while a line moves first clears it" {
	slow_server '-ERR [SYS/TEMP] no'
	run -75 --separate-stderr popfetch -f rc --progress always
	[[ $stderr == *$'\r\e[Kpopfetch: work: message 2: '*$'\n' ]] ||
	    [[ $stderr == *$'\r\e[Kpopfetch: work: message 2: '*$'\n\r\e[K' ]] ||
	    fail "$(cat -v <<<"$stderr")"
	never grep -P '(?<!\x1b\[K)popfetch:' <<<"$stderr"
}

@test "progress and colours are for terminals, and NO_COLOR and TERM count" {
	local pty=$builddir/t/lib/pty

	slow_server
	export TERM=xterm
	run -0 "$pty" '' '' "$popfetch_bin" -f rc
	grep -q $'\r\e\[Kwork 0/2 ' <<<"$output" || fail "$(cat -v <<<"$output")"
	assert_says 'popfetch: work: 2 new, 2.9 MiB'
	popd_stop
	run -69 "$pty" '' '' "$popfetch_bin" -f rc
	[[ $output == *$'\e[1;31mpopfetch:\e[0m work: '* ]] || fail "$output"
	NO_COLOR=1 run -69 "$pty" '' '' "$popfetch_bin" -f rc --progress never
	[[ $output != *$'\e'* ]] || fail "$(cat -v <<<"$output")"
	TERM=dumb run -69 "$pty" '' '' "$popfetch_bin" -f rc
	[[ $output != *$'\e'* ]]
	run -69 "$pty" '' '' "$popfetch_bin" -f rc --color never --progress never
	[[ $output != *$'\e'* ]]
	run -69 --separate-stderr popfetch -f rc
	[[ $stderr != *$'\e'* ]]
	run -69 --separate-stderr popfetch -f rc --color always
	[[ $stderr == $'\e[1;31mpopfetch:\e[0m work: '* ]]
}

@test "--probe tells of server, certificate and capabilities, without a login" {
	serve --tls stls --capa 'SASL PLAIN XOAUTH2'
	account "poll work via localhost port $port starttls" \
	    "sslcertfile '$certs/ca.pem' user joe maildir inbox"
	run -0 --separate-stderr popfetch -f rc --probe
	[ -z "$stderr" ] || fail "$stderr"
	pin=$(openssl x509 -in "$certs/good.pem" -noout -pubkey |
	    openssl pkey -pubin -outform der | sha256sum | cut -d ' ' -f 1)
	for line in "server	localhost:$port" 'address	127\.0\.0\.1' \
	    'greeting	\+OK' 'capa-before-tls	STLS' 'capa-before-tls	UIDL' \
	    'tls	TLSv1\.3, ' 'subject	CN=' 'issuer	CN=' 'name	localhost' \
	    'valid-from	20..-..-.. ..:..:.. UTC' 'valid-until	20' \
	    "pin	sha256:$pin" 'capa	UIDL' 'capa	USER' \
	    'mechanisms	PLAIN XOAUTH2$'; do
		grep -Eq "^$line" <<<"$output" || fail "no $line:" "$output"
	done
	never grep -Eq '^capa	STLS' <<<"$output"
	never grep -E '^C: (USER|PASS|AUTH|STAT)' log
	[ ! -e "$HOME/.local" ] && [ ! -e inbox ]
	run -0 --separate-stderr popfetch -f rc --probe --json
	[ "$(json event name value <<<"$output" | grep pin)" = \
	    "fact pin sha256:$pin" ]
}

@test "--probe shows a certificate that is not trusted, too, and ends in 76" {
	serve --cert "$certs/selfsigned.pem"
	account "poll work via localhost port $port ssl" \
	    "user joe maildir inbox"
	run -76 --separate-stderr popfetch -f rc --probe
	assert_says '^popfetch: work: .*self-signed' '^subject	' \
	    '^pin	sha256:[0-9a-f]{64}$'
	never grep -q '^tls' <<<"$output"
	# In implicit TLS all is told behind the handshake.
	serve
	rc
	run -0 --separate-stderr popfetch -f rc --probe
	grep -q '^capa	' <<<"$output"
	never grep -q '^capa-before' <<<"$output"
}

@test "a real Dovecot: all of these, and nothing is marked or moved there" {
	dovecot_mail 7 3 wire want
	dovecot_start
	dovecot_fill u1 wire
	account "poll work via localhost port $dovecot_tls_port ssl" \
	    "sslcertfile '$certs/ca.pem' user u1 password secret" \
	    'maildir inbox keep fetchlimit 1'
	run -0 --separate-stderr popfetch -f rc
	run -0 --separate-stderr popfetch -f rc -c
	[[ $output =~ ^'work: 2 new of 3, ' ]] || fail "$output"
	run -0 --separate-stderr popfetch -f rc --list
	[ "$(cut -f 1,4 <<<"$output" | xargs)" = '1 seen 2 new 3 new' ]
	run -0 --separate-stderr popfetch -f rc --dry-run
	[ "$(cut -f 4 <<<"$output" | xargs)" = 'skip fetch skip' ] ||
	    fail "$output"
	run -0 --separate-stderr popfetch -f rc --json --list
	[ "$(json event state <<<"$output" | xargs)" = \
	    'message seen message new message new account - summary -' ]
	run -0 --separate-stderr popfetch -f rc --probe
	assert_says '^greeting	\+OK' '^tls	TLS' '^capa	UIDL' \
	    '^mechanisms	.*PLAIN'
	run -0 --separate-stderr popfetch -f rc --stdout
	grep -c '^From ' <<<"$output"
	run -0 --separate-stderr popfetch -f rc --catch-up
	run -1 --separate-stderr popfetch -f rc -c
	[ "$(dovecot_count u1)" -eq 3 ]
	assert_mail_count inbox 1
}
