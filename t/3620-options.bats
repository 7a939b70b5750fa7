# Options that change how a run goes, or say what the run-control file can say.

load lib/common.bash

# serve POPD-ARGUMENT...: four messages.
serve()
{
	[ -d wire ] || "$mkmail" -s 62 -n 4 -f plain -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --record log "$@"
}

# one WORD...: an account of that server.
one()
{
	account "set runas '$(id -un)'; set state 'state'" \
	    "poll work via localhost port $port tls off" \
	    "user joe maildir inbox $*"
}

# hold: takes the account's lock, as descriptor 9.
hold()
{
	mkdir state
	exec 9>"state/joe@localhost:$port.lock"
	flock 9
}

# start_waiting OPTION...: until it says that it waits.
start_waiting()
{
	"$popfetch_bin" -f rc -v "$@" </dev/null 2>said 3>&- 9>&- &
	popfetch_pid=$!
	wait_until 60 grep -q 'waiting for it' said
}

connections()
{
	grep -c '^# connection' log || :
}

@test "--wait waits for a run that is at work, and then fetches" {
	serve
	one password secret
	hold
	run -75 --separate-stderr popfetch -f rc 9>&-
	start_waiting --wait
	[ "$(connections)" -eq 0 ]
	exec 9>&-
	wait "$popfetch_pid"
	same_mail want inbox
}

@test "--wait=1 waits no longer than that" {
	serve
	one password secret
	hold
	run -75 --separate-stderr popfetch -f rc --wait=1 -v 9>&-
	assert_says 'account; waiting for it$' \
	    '^popfetch: work: another popfetch is at work on this account$'
	[ "$(connections)" -eq 0 ]
	exec 9>&-
	run -0 popfetch -f rc --wait=1
	same_mail want inbox
}

@test "a signal ends --wait" {
	serve
	one password secret
	hold
	start_waiting --wait
	kill "$popfetch_pid"
	status=0
	wait "$popfetch_pid" || status=$?
	[ "$status" -eq 143 ]
	exec 9>&-
}

# active_users OPTION...: those that would be polled.
active_users()
{
	popfetch -f rc --show-config --json "$@" |
	    sed -n '/"active":true/s/.*"user":"\([^"]*\)".*/\1/p'
}

@test "--shard polls each account in exactly one part, which is its own" {
	local i sum u

	account 'poll pop.example.org' "$(printf 'user u%d password x\n' {1..24})"
	for i in 0 1 2 3; do
		active_users --shard "$i/4" >"part.$i"
		while read -r u; do
			sum=$(printf %s "$u@pop.example.org" | sha256sum)
			[ $((0x${sum:15:1} % 4)) -eq "$i" ]
		done <"part.$i"
	done
	[ "$(cat part.* | wc -l)" -eq 24 ]
	[ "$(cat part.* | sort -u | wc -l)" -eq 24 ]
	# Nobody moves when others go.
	account 'poll pop.example.org' "$(printf 'user u%d password x\n' {1..9})"
	for i in 0 1 2 3; do
		active_users --shard "$i/4" >now
		cmp now <(grep -x 'u[1-9]' "part.$i")
	done
	[ "$(active_users --shard 0/1 | wc -l)" -eq 9 ]
}

@test "--shard: another part's account is not logged in to, and all is well" {
	local i

	serve
	one password secret
	for i in 0 1 2; do
		run -0 --separate-stderr popfetch -f rc --shard="$i/3"
		assert_output_empty
	done
	[ "$(connections)" -eq 1 ]
	same_mail want inbox
}

@test "--exit-new tells by the status whether mail came" {
	serve
	one password secret
	run -0 --separate-stderr popfetch -f rc --exit-new
	assert_output_empty
	run -1 --separate-stderr popfetch -f rc --exit-new
	assert_output_empty
	run -0 popfetch -f rc
	popd_stop
	run -69 popfetch -f rc --exit-new
}

@test "--force logs in where a refused login is waited out" {
	serve
	one password wrong
	run -77 popfetch -f rc
	run -77 --separate-stderr popfetch -f rc
	assert_output_empty
	[ "$(connections)" -eq 1 ]
	run -77 popfetch -f rc --force
	[ "$(connections)" -eq 2 ]
	# It is the login alone that is tried.
	run -77 popfetch -f rc --force --password-command 'echo wrong'
	run -0 popfetch -f rc --force --password-command 'echo secret'
	same_mail want inbox
}

@test "--password-command and --password-fd win over the file" {
	serve
	one password wrong
	run -0 popfetch -f rc --password-command 'echo secret'
	same_mail want inbox
	rm -r state inbox
	run -0 popfetch -f rc --password-fd 4 4<<<secret
	same_mail want inbox
	run -78 --separate-stderr popfetch -f rc --password-fd 4 4<&-
	assert_says 'work: passwordfd 4: not open'
	run -78 --separate-stderr popfetch -f rc --password-command false
	assert_says 'work: .*passwordeval'
}

@test "--password-fd has a line for each account" {
	mkdir users
	"$mkmail" -s 63 -n 2 -f plain -e want users/ann
	cp -r users/ann users/bob
	popd_start --tls off --users users --pass secret --wire
	account "poll localhost port $port tls off" \
	    'user ann maildir ann' 'user bob maildir bob'
	run -0 --separate-stderr popfetch -f rc --password-fd 4 \
	    4<<<$'secret\nsecret'
	same_mail want ann
	same_mail want bob
	run -77 --separate-stderr popfetch -f rc --password-fd 4 \
	    4<<<$'secret\nwrong'
	assert_line_count 1
}

@test "--pin trusts one key and no other" {
	local pin other

	serve --tls implicit --cert "$certs/selfsigned.pem" --key "$certs/server.key"
	account "poll work via localhost port $port" \
	    'user joe password secret maildir inbox'
	run -76 popfetch -f rc
	pin=$(popfetch -f rc --probe 2>probe.err |
	    sed -n 's/^pin	//p') || :
	[ "${#pin}" -eq 71 ]
	run -0 --separate-stderr popfetch -f rc --pin "$pin"
	same_mail want inbox
	other=${pin%?}$([[ $pin = *0 ]] && echo 1 || echo 0)
	run -76 popfetch -f rc --pin "$other"
	run -0 popfetch -f rc --pin "$other $pin"
	run -64 --separate-stderr popfetch -f rc --pin "${pin%?}"
	assert_line_count 1
	assert_says "'--pin' wants \"sha256:\"" '--probe'
}

@test "0 undoes a bound of the file; an age behind --keep is the file's" {
	serve
	one password secret limit 1 fetchlimit 2 expunge 1 keep 7d
	run -0 popfetch -f rc
	assert_mail_count inbox 0
	run -0 popfetch -f rc -l 0
	assert_mail_count inbox 2
	run -0 popfetch -f rc -l 0 -B 0
	same_mail want inbox
	run -0 --separate-stderr popfetch -f rc --show-config -l 0 -B 0 -e 0
	never grep -E 'limit|expunge' <<<"$output"
	grep -q 'keep 7d' <<<"$output"
	run -0 popfetch -f rc --show-config --keep=36h
	grep -qE 'keep (36h|1d12h)' <<<"$output"
	run -0 popfetch -f rc --show-config -k
	never grep -qE 'keep [0-9]' <<<"$output"
	grep -q keep <<<"$output"
}

# The connections that were open together, by the record.
most_at_once()
{
	awk '/^# connection/ { if (++n > most) most = n }
	    /^C: QUIT/ { n-- }
	    END { print most }' log
}

@test "--per-host bounds how many are polled at a time" {
	local n

	mkdir users
	"$mkmail" -s 64 -n 1 -f plain -e want users/u1
	for n in 2 3 4 5 6; do
		cp -r users/u1 "users/u$n"
	done
	popd_start --tls off --users users --pass secret --wire \
	    --delay 20 --record log
	account "poll localhost port $port tls off" 'maildir "%u"' \
	    "$(printf 'user u%d password secret\n' {1..6})"
	run -0 popfetch -f rc --per-host 1
	for n in 1 2 3 4 5 6; do
		same_mail want "u$n"
	done
	# One connection ends before the next one begins.
	[ "$(most_at_once)" -eq 1 ]
}

@test "--probe takes a server's name, and needs no file for it" {
	serve --tls implicit --cert "$certs/good.pem" --key "$certs/server.key"
	set -- --ca-file "$certs/ca.pem" --probe
	run -0 --separate-stderr popfetch "$@" "localhost:$port"
	grep -qx "server	localhost:$port" <<<"$output"
	grep -q '^pin	sha256:' <<<"$output"
	run -0 --separate-stderr popfetch "$@" -P "$port" localhost
	grep -qx "server	localhost:$port" <<<"$output"
	# An account's name is one first of all.
	account "poll some.name via localhost port $port user joe password x" \
	    'poll other user joe password x'
	run -0 --separate-stderr popfetch -f rc "$@" some.name
	grep -qx "server	localhost:$port" <<<"$output"
	run -0 --separate-stderr popfetch -f rc "$@" "127.0.0.1:$port"
	grep -qx "server	127.0.0.1:$port" <<<"$output"
	run -64 --separate-stderr popfetch -f rc "$@" wrok
	assert_says "no account 'wrok' in rc" 'some.name, other'
	run -78 --separate-stderr popfetch "$@" wrok
	assert_says 'no run-control file'
	run -64 --separate-stderr popfetch "$@" localhost:99999
	assert_says 'port is no number'
	run -64 --separate-stderr popfetch -f rc "127.0.0.1:$port"
	assert_says 'no account'
}

@test "--version says what is in it, and which file would be read" {
	run -0 --separate-stderr popfetch --version
	grep -qE '^popfetch [0-9]+\.[0-9]+' <<<"${lines[0]}"
	grep -q '^TLS: OpenSSL 3' <<<"$output"
	grep -qx 'Run-control file: none' <<<"$output"
	: >"$HOME/.popfetchrc"
	run -0 popfetch --version
	grep -qx "Run-control file: $HOME/.popfetchrc" <<<"$output"
	mkdir -p "$XDG_CONFIG_HOME/popfetch"
	: >"$XDG_CONFIG_HOME/popfetch/config"
	run -0 popfetch --version
	grep -qx "Run-control file: $XDG_CONFIG_HOME/popfetch/config" \
	    <<<"$output"
	POPFETCH_CONFIG=else run -0 popfetch --version
	grep -qx 'Run-control file: else' <<<"$output"
	run -0 popfetch --version -f rc
	grep -qx 'Run-control file: rc' <<<"$output"
}

@test "-p pop3 wins over the file, as every option does" {
	serve
	account 'defaults proto imap' \
	    "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox'
	run -78 popfetch -f rc
	run -0 --separate-stderr popfetch -f rc -p Pop3
	assert_output_empty
	same_mail want inbox
}

@test "-u makes accounts the same only where they are polled" {
	serve
	account "poll work via localhost port $port tls off" \
	    'user ann password secret maildir inbox' \
	    'poll two user a password x user b password x'
	run -0 --separate-stderr popfetch -f rc -u joe work
	assert_output_empty
	same_mail want inbox
	run -78 --separate-stderr popfetch -f rc -u joe two
	assert_says 'joe@two is polled by rc:3 already'
}

@test "-d 0, which asks for one run, is taken; -v wins over -s" {
	serve
	one password secret
	run -0 --separate-stderr popfetch -f rc -Nsd0
	assert_output_empty
	run -64 popfetch -f rc -d 300
	run -0 --separate-stderr popfetch -f rc -sv
	[ -n "$stderr" ]
}

@test "a file of which all is to be skipped can be looked at" {
	account 'skip work user joe password x'
	run -0 --separate-stderr popfetch -f rc --check-config
	run -0 --separate-stderr popfetch -f rc --show-config --json
	grep -q '"active":false' <<<"$output"
	run -64 --separate-stderr popfetch -f rc
	assert_says 'name the one to poll'
}
