# How a run ends, and what it says of itself.

load lib/common.bash

# serve POPD-ARGUMENT...
serve()
{
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --port "$port" --record log "$@"
}

# slow MS: forty messages, of which popd sends one after another.
slow()
{
	"$mkmail" -s 63 -n 40 -f plain -e want wire
	popd_port
	serve --no-pipelining --delay "$1"
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox'
}

# start_fetching COMMAND...: until some messages are there; sets $popfetch_pid.
start_fetching()
{
	env --default-signal=HUP "$@" </dev/null >out 2>err 3>&- &
	popfetch_pid=$!
	wait_until 60 grep -q '^C: RETR 3' log
}

# ended STATUS: of the process in $popfetch_pid.
ended()
{
	status=0
	wait "$popfetch_pid" || status=$?
	[ "$status" -eq "$1" ]
}

@test "a terminal that goes away ends a run as SIGTERM does" {
	slow 250
	start_fetching "$popfetch_bin" -f rc
	kill -HUP "$popfetch_pid"
	ended 129
	# Nobody is left who goes on.
	flock -n "$(find home -name '*.lock')" true
	wait_until 60 eval 'tail -n 3 log | grep -q "^C: QUIT"'
	[ ! -s err ]
	[ "$(mail_count inbox)" -lt 40 ]
	# What was fetched is not fetched again.
	popd_stop
	serve
	run -0 popfetch -f rc
	same_mail want inbox
}

@test "under nohup a run goes on" {
	slow 75
	start_fetching nohup "$popfetch_bin" -f rc
	kill -HUP "$popfetch_pid"
	ended 0
	same_mail want inbox
}

@test "--json ends in a summary, also by a signal" {
	slow 250
	start_fetching "$popfetch_bin" -f rc --json
	kill -TERM "$popfetch_pid"
	ended 143
	popd_stop
	serve
	grep -q '"event":"account".*"stopped":true,' out
	tail -n 1 out | grep -q '"event":"summary".*"accounts":1,.*"status":143}'
	run -0 --separate-stderr popfetch -f rc --json
	never grep -q stopped <<<"$output"
	tail -n 1 <<<"$output" | grep -q '"status":0}'
	run -78 --separate-stderr popfetch -f nothing --json
	tail -n 1 <<<"$output" | grep -q '"event":"summary".*"status":78}'
}

@test "--json: an account that cannot be begun has its end, too" {
	account 'poll work via localhost user joe maildir inbox' \
	    'poll other protocol imap user ann password x'
	run -78 --separate-stderr popfetch -f rc --json
	[ "$(grep -c '"event":"account"' <<<"$output")" -eq 2 ]
	grep -q '"account","account":"work",.*"status":78}' <<<"$output"
	tail -n 1 <<<"$output" | grep -q '"accounts":2,.*"status":78}'
}

@test "-v says what an account came to; a log, if it came to something" {
	"$mkmail" -s 64 -n 3 -f plain -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox'
	run -0 --separate-stderr popfetch -f rc -v
	grep -q '^popfetch: work: 3 new, ' <<<"$stderr"
	run -0 --separate-stderr popfetch -f rc -v
	grep -q '^popfetch: work: 0 new (3 kept)$' <<<"$stderr"
	rm -r home/.local inbox
	run -0 --separate-stderr popfetch -f rc --catch-up -v
	grep -q '^popfetch: work: 3 marked as seen' <<<"$stderr"
	run -0 --separate-stderr popfetch -f rc -a -L log
	assert_output_empty
	grep -q ' popfetch: work: 3 new, ' log || fail "$(<log)"
	run -0 --separate-stderr popfetch -f rc -L log
	[ "$(wc -l <log)" -eq 1 ]
	run -0 popfetch -f rc -K -a -q -L log
	[ "$(wc -l <log)" -eq 1 ]
}

@test "set logfile is -L, unless the command line says otherwise" {
	mkdir conf
	(umask 077 && cat >conf/rc) <<-END
		set logfile "log"; set syslog; set state "state"
		poll work via localhost port 1 tls off
		user joe password secret maildir inbox
	END
	run -69 --separate-stderr popfetch -f conf/rc
	assert_output_empty
	grep -q '^[-0-9T:+]* popfetch: work: cannot connect' conf/log || fail "$(<conf/log)"
	run -69 --separate-stderr popfetch -f conf/rc -L other
	assert_output_empty
	[ "$(wc -l <other)" -eq 1 ]
	run -69 --separate-stderr popfetch -f conf/rc --nosyslog
	assert_says '^popfetch: work: cannot connect'
	[ "$(wc -l <conf/log)" -eq 1 ]
	run -0 --separate-stderr popfetch -f conf/rc --show-config
	[ "$(wc -l <conf/log)" -eq 1 ]
}
