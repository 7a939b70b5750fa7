# What goes wrong is told in one line that names the account and the next step,
# ends in the right exit status, and loses nothing.

load lib/common.bash

# serve POPD-ARGUMENT...: five messages, implicit TLS unless told otherwise.
serve()
{
	"$mkmail" -s 21 -n 5 -f plain -e want wire
	popd_start --cert "$certs/good.pem" --key "$certs/server.key" \
	    --tls implicit --user joe --pass secret --wire --mail wire "$@"
}

# rc WORDS...: an account that would work, and more words for it.
rc()
{
	account "poll work via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    'maildir inbox nokeep' "$@"
}

# refused STATUS REGEX...: a run with that status says these things in one line,
# delivers nothing, and leaves all on the server.
refused()
{
	local status=$1

	shift
	run "-$status" --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says '^popfetch: work: ' "$@"
	assert_mail_count inbox 0
	assert_staging_empty inbox
	[ ! -d wire ] || [ "$(ls wire | wc -l)" -eq 5 ]
}

@test "a refused connection is 69" {
	popd_port
	rc
	refused 69 "localhost:$port" 'refused'
}

@test "an unknown host is 68" {
	account 'poll work via pop.nowhere.invalid' \
	    'user joe password secret maildir inbox'
	run --separate-stderr popfetch -f rc
	# A machine without any resolver can only say that it does not know yet.
	[ "$status" -eq 68 ] || [ "$status" -eq 75 ]
	assert_line_count 1
	assert_says '^popfetch: work: .*pop\.nowhere\.invalid'
}

@test "a refused login is 77 and has the server's words and a hint" {
	serve --auth-fail '[AUTH] wrong password, Joe'
	rc
	refused 77 'joe' 'wrong password, Joe' '; '
}

@test "a login refused for another reason has the next step of that one" {
	local status code hint

	rc
	while IFS='|' read -r status code hint; do
		rm -rf wire want "$XDG_STATE_HOME"
		serve --auth-fail "[$code] it says"
		rc
		refused "$status" \
		    "^popfetch: work: [^ ]*: login refused at PASS: \\[$code\\] it says; $hint\$"
		popd_stop
	done <<-'END'
	75|IN-USE|another mail program may have the mailbox open; a timer's runs try again after 10 minutes, '--force' at once
	75|LOGIN-DELAY|wait some minutes, as a timer's runs do by themselves
	75|SYS/TEMP|the server has a fault that should pass: the next run tries again
	69|SYS/PERM|it will not pass by itself: ask the server's operator
	END
}

@test "a session that the server refuses, or leaves, is 75 with the next step" {
	serve --greeting '-ERR too many connections'
	rc
	refused 75 ': the server refuses the session: too many connections; the server may be too busy, or take nobody from this address: try again in some minutes$'
	popd_stop
	cat >script <<-'END'
	tls
	serve greeting
	on RETR 2
	close
	END
	serve --script script
	rc keep
	run -75 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says '^popfetch: work: [^ ]*: the server closed the connection during RETR 2; nothing is lost: the next run goes on$'
	assert_mail_count inbox 1
}

@test "a certificate for another name is 76, and no word of the login is sent" {
	serve --cert "$certs/wrongname.pem" --record log
	rc
	refused 76 'pop\.wrong\.example' 'localhost'
	never grep -q -e USER -e PASS -e AUTH log
}

@test "an expired certificate is 76" {
	serve --cert "$certs/expired.pem"
	rc
	refused 76 'expired'
}

@test "a certificate that is not valid yet is 76" {
	serve --cert "$certs/future.pem"
	rc
	refused 76 'not yet valid|not valid (yet|before)'
}

@test "a self-signed certificate is 76" {
	serve --cert "$certs/selfsigned.pem"
	rc
	refused 76 'certificate of localhost is self-signed; if its key is the right one, add: tlspin "sha256:[0-9a-f]{64}" \(for a URL: --pin\)$'
}

@test "a certificate of an unknown authority is 76" {
	serve
	account "poll work via localhost port $port ssl" \
	    'user joe password secret maildir inbox nokeep'
	refused 76 'was issued by .*, which is not trusted here; install the system'"'"'s CA certificates, trust this authority with '"'--ca-file FILE'"', or this key alone: tlspin "sha256:[0-9a-f]{64}" \(for a URL: --pin\)$'
}

@test "a self-signed certificate that sslcertfile names is trusted" {
	serve --cert "$certs/selfsigned.pem"
	account "poll work via localhost port $port ssl" \
	    "sslcertfile '$certs/selfsigned.pem' user joe password secret" \
	    'maildir inbox'
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
}

@test "STLS that is not offered is no reason to log in without it" {
	serve --tls off --record log
	rc starttls
	refused 76 'STLS'
	never grep -q -e USER -e PASS -e AUTH log
}

@test "a server that speaks no TLS where TLS is wanted gets no login" {
	serve --tls off --record log
	rc
	run --separate-stderr popfetch -f rc -t 60
	[ "$status" -eq 75 ] || [ "$status" -eq 76 ]
	assert_line_count 1
	assert_says '^popfetch: work: .*TLS'
	never grep -q -e USER -e PASS -e AUTH log
}

@test "a server that falls silent is given up after the timeout: 75" {
	serve --stall 300
	rc timeout 2
	refused 75 'seconds|timed? ?out|no answer'
}

@test "a missing parent of the Maildir is 73" {
	serve
	rc "maildir 'not/there/inbox'"
	refused 73 'not/there'
}

@test "a Maildir that is a file is 73" {
	serve
	: >file
	rc 'maildir file'
	refused 73 'file'
	[ ! -s file ]
}

@test "a state directory that cannot be made is 73" {
	serve
	: >file
	run -73 --separate-stderr popfetch_with_rc --state file/state
	assert_line_count 1
	assert_says 'file/state'
	assert_mail_count inbox 0
}

popfetch_with_rc()
{
	rc
	popfetch -f rc "$@"
}

@test "a run-control file that is not there is 78" {
	run -78 --separate-stderr popfetch -f nothing
	assert_line_count 1
	assert_says '^popfetch: nothing: No such file or directory; without -f it is ~/\.config/popfetch/config$'
	POPFETCH_CONFIG=/nope run -78 --separate-stderr popfetch --show-config
	assert_line_count 1
	assert_says '^popfetch: /nope: No such file or directory; POPFETCH_CONFIG names it$'
}

@test "a run-control file that cannot be read is 78" {
	popfetch_copy
	account 'poll x user joe password secret'
	as_user true
	chmod 000 rc
	run -78 --separate-stderr popfetch_user -f rc
	assert_line_count 1
	assert_says '^popfetch: .*rc' 'Permission denied'
}

@test "a password that others may read is 78, with the chmod to type" {
	serve
	rc
	chmod 644 rc
	run -78 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says "chmod 600 '?[^ ]*rc"
	assert_mail_count inbox 0
}

@test "a run-control file that others may write is 78" {
	printf 'poll x user joe\n' >rc
	chmod 666 rc
	run -78 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says 'chmod'
}

@test "a misspelt word is 78, shown where it stands, with the likely one" {
	account 'poll x user joe' 'passwrod secret'
	run -78 --separate-stderr popfetch -f rc
	assert_says '^popfetch: .*rc:2:1: .*passwrod' "'password'" '\^'
	assert_line_count 3
}

@test "no password and no terminal is 78" {
	account 'poll work via localhost port 1 user joe'
	run -78 --separate-stderr setsid -w "$popfetch_bin" -f rc
	assert_line_count 1
	assert_says '^popfetch: work: .*password'
}

@test "cleartext to another host needs the words in the account itself: else 78" {
	local ip

	ip=$(hostname -I 2>/dev/null) || :
	[ -n "$ip" ] || skip 'this machine has only loopback'
	ip=${ip%% *}
	serve --tls off --listen "$ip" --record log
	account 'defaults tls off' \
	    "poll work via '$ip' port $port user joe password secret" \
	    'maildir inbox nokeep'
	refused 78 'tls off'
	never grep -q -e USER -e PASS -e AUTH log
	account "poll work via '$ip' port $port user joe password secret" \
	    'maildir inbox nokeep tls off'
	run -0 --separate-stderr popfetch -f rc
	same_mail want inbox
}

@test "an unknown option and an unknown account are 64" {
	run -64 --separate-stderr popfetch --no-such-thing
	assert_line_count 1
	assert_says 'no-such-thing' '--help'
	account 'poll x user joe password secret'
	run -64 --separate-stderr popfetch -f rc nobody
	assert_line_count 1
	assert_says "nobody"
}

@test "a second popfetch leaves a busy account alone: 75, silently" {
	serve --stall 300 --record log
	rc
	popfetch_start -f rc -t 600
	wait_until 60 grep -q '^# stalled' log
	run -75 --separate-stderr popfetch -f rc
	assert_output_empty
	run -75 --separate-stderr popfetch -f rc -v
	assert_says '^popfetch: work: another popfetch is at work on this account$'
	run -75 --separate-stderr popfetch -f rc --json
	assert_says '"text":"another popfetch is at work on this account","hint":"'"'--wait' waits for it"'"'
	run -75 "$builddir/t/lib/pty" '; ' '' "$popfetch_bin" -f rc
	assert_says "^popfetch: work: another popfetch is at work on this account; '--wait' waits for it"
	popfetch_end
	[ "$status" -eq 143 ]
}

@test "a full disk is 74, and the next run with room goes on" {
	local ns=(unshare -m) as=()

	# Who is not root mounts as the root of a namespace, and fetches as an
	# ordinary user of one inside it.
	[ "$(id -u)" -eq 0 ] || {
		ns=(unshare -rm)
		as=(unshare -U --map-user=1000 --map-group=1000)
	}
	"${ns[@]}" "${as[@]}" true 2>/dev/null ||
	    skip 'no mount namespaces for this user here'
	"$mkmail" -s 22 -n 120 -f mixed -e want wire
	mkdir small
	popd_start --tls off --user joe --pass secret --wire --mail wire
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir small/inbox nokeep'
	run -0 "${ns[@]}" bash -c '
		set -e
		mount -t tmpfs -o size=64m none small 2>/dev/null ||
		    { echo cannot mount; exit 0; }
		head -c 64m /dev/zero >small/ballast 2>/dev/null || :
		truncate -s -400K small/ballast
		"$@" -f rc 2>err >out && status=0 || status=$?
		echo "$status" >status
		rm small/ballast
		"$@" -f rc 2>err2 >out2 && status2=0 || status2=$?
		echo "$status2" >status2
		cp -r small/inbox inbox
	' sh "${as[@]}" "$popfetch_bin" </dev/null
	[ "$output" != 'cannot mount' ] || skip 'a tmpfs cannot be mounted'
	[ "$(<status)" -eq 74 ] || fail "status $(<status)" "$(<err)"
	[ "$(wc -l <err)" -eq 1 ] || fail 'not one line:' "$(<err)"
	grep -q '^popfetch: work: .*No space left' err || fail "$(<err)"
	[ "$(<status2)" -eq 0 ] || fail "then $(<status2)" "$(<err2)"
	same_mail want inbox
	assert_staging_empty inbox
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "a Maildir that may not be written to is an error, not a loss" {
	serve
	popfetch_copy
	rc
	mkdir -p inbox/new inbox/cur inbox/tmp
	as_user true
	chmod 500 inbox/new
	run --separate-stderr popfetch_user -f rc
	[ "$status" -eq 73 ] || [ "$status" -eq 74 ]
	assert_line_count 1
	assert_says '^popfetch: work: ' 'Permission denied'
	chmod 700 inbox/new
	run -0 --separate-stderr popfetch_user -f rc
	same_mail want inbox
}

@test "the worst status wins, and a dead account does not delay the others" {
	local live

	serve
	live=$port
	mkdir none
	popd_start --tls implicit --cert "$certs/good.pem" \
	    --key "$certs/server.key" --user joe --pass x --mail none \
	    --stall 0
	account "poll dead via localhost port $port ssl timeout 600" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    'maildir dead' \
	    "poll work via localhost port $live ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    'maildir inbox' \
	    "poll bad via localhost port $live ssl" \
	    "sslcertfile '$certs/ca.pem' user joe2 password wrong" \
	    'maildir bad'
	popfetch_start -f rc 2>err
	wait_until 120 arrived
	same_mail want inbox
	wait_until 120 grep -q 'bad: ' err
	popd_stop
	status=0
	wait "$popfetch_pid" || status=$?
	[ "$status" -eq 77 ] || fail "status $status" "$(<err)"
	[ "$(wc -l <err)" -eq 2 ] || fail "$(<err)"
	grep -q '^popfetch: dead: ' err
}

arrived()
{
	[ "$(mail_count inbox)" -eq 5 ]
}
