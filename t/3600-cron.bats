# Runs that nobody watches: what cron mails, and where lines go instead.

load lib/common.bash

# As cron starts things: no terminal, HOME and nothing else.
cron()
{
	setsid -w env -i HOME="$HOME" "$popfetch_bin" "$@" </dev/null 3>&-
}

# entry NAME PORT [WORDS]: an account of the run-control file where popfetch
# looks for it.
entry()
{
	(umask 077 && mkdir -p "$HOME/.config/popfetch" &&
	    cat >>"$HOME/.config/popfetch/config") <<-END
	poll $1 via localhost port $2 ssl sslcertfile '$certs/ca.pem'
	    user $1 password secret maildir '$top/$1' keep ${3-}
	END
}

# serve NAME [POPD-ARGUMENT...]: three messages for that user.
serve()
{
	local name=$1

	shift
	"$mkmail" -s 36 -n 3 -f plain -e "want.$name" "wire.$name"
	popd_start --cert "$certs/good.pem" --key "$certs/server.key" \
	    --tls implicit --user "$name" --pass secret --wire \
	    --mail "wire.$name" "$@"
}

# Three accounts; the second one is as the words say, and refuses once its popd
# is stopped.
three()
{
	serve one
	entry one "$port"
	serve three
	entry three "$port"
	popd_port
	serve two --port "$port" "$@"
	entry two "$port"
}

@test "three accounts that are well: not a byte, and 0, with mail and without" {
	three
	run -0 --separate-stderr cron
	assert_output_empty
	for name in one two three; do
		same_mail "want.$name" "$name"
	done
	run -0 --separate-stderr cron -q
	assert_output_empty
}

@test "one of three is down: one line, and that account's status" {
	three
	popd_stop
	run -69 --separate-stderr cron
	assert_line_count 1
	assert_says '^popfetch: two: .*refused'
	[ -z "$output" ]
	same_mail want.one one
	same_mail want.three three
	run -69 --separate-stderr cron -q
	assert_line_count 1
}

@test "one of three refuses the login: one line, 77, then silence and 77" {
	three --auth-fail '[AUTH] no'
	run -77 --separate-stderr cron
	assert_line_count 1
	assert_says '^popfetch: two: .*\[AUTH\] no'
	run -77 --separate-stderr cron
	assert_output_empty
}

@test "--log-file: the same line with the time, appended, mode 0600" {
	three
	popd_stop
	run -69 --separate-stderr cron
	said=$stderr
	umask 000
	run -69 --separate-stderr cron --log-file log
	assert_output_empty
	[ "$(stat -c %a log)" = 600 ]
	run -69 --separate-stderr cron -L log
	assert_output_empty
	[ "$(wc -l <log)" -eq 2 ]
	while read -r when line; do
		[[ $when =~ ^20[0-9-]{8}T[0-9:]{8}[+-][0-9]{4}$ ]] ||
		    fail "$when"
		[ "$line" = "$said" ] || fail "$line" "$said"
	done <log
	said=$(date -d "$(head -n 1 log | cut -d ' ' -f 1)" +%s)
	age=$(($(date +%s) - said))
	[ "$age" -ge 0 ] && [ "$age" -lt 300 ]
}

@test "--log-file gets what is wrong with the run-control file, too" {
	entry one 995 deamon
	run -78 --separate-stderr cron -L log
	assert_output_empty
	grep -q "unknown keyword 'deamon'" log
}

@test "--log-file of a protocol dump has no password" {
	serve one
	entry one "$port"
	run -0 --separate-stderr cron -vvv -L log
	assert_output_empty
	grep -q 'popfetch: one: .*RETR' log
	never grep -q secret log
}

@test "a log file that cannot be opened is told on standard error: 73" {
	entry one 995
	run -73 --separate-stderr cron --log-file no/such/log
	assert_line_count 1
	assert_says '^popfetch: --log-file no/such/log: No such file'
	mkdir log
	run -73 --separate-stderr cron --log-file log
	assert_says 'directory'
	mkfifo fifo
	run -73 --separate-stderr cron --log-file fifo
	assert_line_count 1
}

@test "a line that the log file does not take goes to standard error" {
	[ -c /dev/full ] || skip 'there is no /dev/full'
	account 'poll x protocol imap'
	run -78 --separate-stderr cron -f rc -L /dev/full
	assert_line_count 1
	assert_says 'popfetch: x: .*imap'
}

@test "--syslog without a daemon is told on standard error: 78" {
	[ ! -e /dev/log ] || skip 'a syslog daemon runs'
	entry one 995
	run -78 --separate-stderr cron --syslog
	assert_line_count 1
	assert_says '^popfetch: --syslog: /dev/log: .*--log-file'
}

# A socket at /dev/log that nobody else sees, in a file system of its own.
@test "--syslog says the same line to the mail facility" {
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	three
	popd_stop
	run -69 --separate-stderr cron
	said=$stderr
	mkdir dev
	cat >syslogd.py <<-'END'
	import os, socket, subprocess, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind("/dev/log")
	s.settimeout(30)
	p = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL)
	print(s.recv(8192).decode().rstrip("\0\n"))
	s.setblocking(False)
	try:
	    print("too much:", s.recv(8192))
	except BlockingIOError:
	    pass
	sys.exit(p.returncode)
	END
	run -69 --separate-stderr unshare -m sh -c '
		for f in null urandom random; do
			: >"$1/$f" && mount --bind "/dev/$f" "$1/$f" || exit 99
		done
		mount --rbind "$1" /dev || exit 99
		shift
		exec "$@"' sh "$top/dev" \
	    setsid -w env -i PATH="$PATH" HOME="$HOME" python3 syslogd.py \
	    "$popfetch_bin" --syslog 3>&-
	[ -z "$stderr" ] || fail "$stderr"
	[ "${#lines[@]}" -eq 1 ]
	# mail is 2, an error 3: 2 * 8 + 3.
	[[ $output == '<19>'*' popfetch['*']: '"${said#popfetch: }" ]] ||
	    fail "$output" "$said"
}
