# Programs around a poll: preconnect, postconnect, on-new, plugin.

load lib/common.bash

# serve POPD-ARGUMENT...: three messages, implicit TLS.
serve()
{
	[ -d wire ] || "$mkmail" -s 37 -n 3 -f plain -e want wire
	popd_start --cert "$certs/good.pem" --key "$certs/server.key" \
	    --tls implicit --user joe --pass secret --wire --mail wire \
	    --record log "$@"
}

# rc WORDS...: an account, and more words for it.
rc()
{
	local globals=

	[ "$(id -u)" -ne 0 ] || globals="set runas root set state '$top/state'"
	account "$globals poll work via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    'maildir inbox keep' "$@"
}

@test "preconnect runs before the server is asked, postconnect behind QUIT" {
	serve
	rc "preconnect 'grep -c connection log >>before; :'" \
	    "postconnect 'grep -c QUIT log >after'"
	: >log
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	assert_mail_count inbox 3
	[ "$(<before)" = 0 ]
	[ "$(<after)" = 1 ]
}

@test "both know the account, and what is looked at only has them, too" {
	local vars='$POPFETCH_ACCOUNT $POPFETCH_USER $POPFETCH_HOST'

	serve
	rc "pre 'echo pre $vars >>ran'" "post 'echo post $vars >>ran'" \
	    "on-new 'echo new >>ran'"
	run -0 --separate-stderr popfetch -f rc -c
	[ "$(<ran)" = $'pre work joe localhost\npost work joe localhost' ]
	run -0 popfetch -f rc --check-config
	[ "$(wc -l <ran)" -eq 2 ]
}

@test "a preconnect that fails skips its account: 75, in one line" {
	serve
	rc 'preconnect "exit 3" postconnect "echo >ran" on-new "echo >ran"' \
	    'passwordeval "echo >ran; echo secret"'
	sed -i 's/password secret//' rc
	: >log
	run -75 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says '^popfetch: work: preconnect: exit status 3; .*not polled$'
	[ ! -s log ] && [ ! -e ran ]

	# The others go on.
	serve
	printf '%s\n' "poll home via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    'maildir inbox preconnect ":"' >>rc
	run -75 --separate-stderr popfetch -f rc home work
	[ "$(mail_count inbox)" -eq 3 ] || fail "$stderr"
}

@test "one that hangs is ended after timeout" {
	serve
	rc 'preconnect "exec sleep 1000" timeout 1'
	run -75 --separate-stderr popfetch -f rc
	assert_says '^popfetch: work: preconnect: took longer than 1 seconds'
}

@test "a postconnect that fails is a warning; it runs after an error, too" {
	popd_port
	serve --port "$port"
	rc 'postconnect "echo >>ran; exit 4"'
	run -0 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says '^popfetch: work: postconnect: exit status 4$'
	assert_mail_count inbox 3
	popd_stop
	run -69 --separate-stderr popfetch -f rc
	[ "$(wc -l <ran)" -eq 2 ]
}

@test "the lock is held while preconnect and postconnect run" {
	serve
	rc "preconnect 'sh nested' postconnect 'sh nested'"
	printf '%s\n' '[ -z "$inner" ] || exit 0' \
	    "inner=1 '$popfetch_bin' -f rc 2>/dev/null" 'echo $? >>ran' >nested
	run -0 --separate-stderr popfetch -f rc
	[ "$(xargs <ran)" = '75 75' ]
}

@test "on-new runs once, if something was delivered, with how much" {
	serve
	rc "on-new 'echo \$POPFETCH_ACCOUNT \$POPFETCH_NEW >>ran'" 'expunge 1' \
	    "postconnect 'echo post >>ran'"
	sed -i 's/keep/nokeep/' rc
	run -0 --separate-stderr popfetch -f rc --stdout
	[ "$(<ran)" = post ]
	run -0 --separate-stderr popfetch -f rc
	[ "$(xargs <ran)" = 'post post work 3' ]
	run -0 --separate-stderr popfetch -f rc
	[ "$(xargs <ran)" = 'post post work 3 post' ]
	assert_output_empty
}

@test "root runs none of them unless the run-control file says so" {
	local word

	[ "$(id -u)" -eq 0 ] || skip 'for root only'
	serve
	for word in preconnect postconnect on-new plugin; do
		rc "$word 'echo >ran'"
		sed -i 's/set runas root//' rc
		run -78 --separate-stderr popfetch -f rc
		assert_line_count 1
		assert_says "$word" 'not run as root; .*set runas'
	done
	[ ! -e ran ]
	assert_mail_count inbox 0
}

@test "with set runas they are that user's" {
	local id
	[ "$(id -u)" -eq 0 ] || skip 'for root only'
	getent passwd nobody >/dev/null || skip 'there is no user nobody'
	serve
	make_plug
	rc 'preconnect "id -un >ran"' "plugin '$top/plug %h %p'"
	sed -i 's/set runas root/set runas nobody/' rc
	mkdir state
	chown -R nobody .
	chown root rc
	cp "$certs/ca.pem" .
	sed -i "s|sslcertfile '[^']*'|sslcertfile '$top/ca.pem'|" rc
	run -0 --separate-stderr popfetch -f rc
	[ "$(<ran)" = nobody ]
	id=$(cut -d ' ' -f 1 called)
	[ "$id" = "$(id -u nobody)" ]
}

# A plugin: tells how it was called, and is nc(1) for one connection.
make_plug()
{
	cat >plug <<-'END'
	#!/usr/bin/env python3
	import os, signal, socket, sys, threading
	signal.signal(signal.SIGPIPE, signal.SIG_DFL)
	with open("called", "a") as f:
	    print(os.getuid(), *[repr(a) for a in sys.argv[1:]], file=f)
	s = socket.create_connection(("localhost", int(sys.argv[2])))
	def up():
	    while True:
	        data = os.read(0, 65536)
	        if not data:
	            break
	        s.sendall(data)
	    s.shutdown(socket.SHUT_WR)
	threading.Thread(target=up, daemon=True).start()
	while True:
	    data = s.recv(65536)
	    if not data:
	        break
	    os.write(1, data)
	END
	chmod 755 plug
}

# plugged WORDS...: an account at a host that only the plugin can reach.
plugged()
{
	rc
	sed -i 's/^\(.*\)via localhost port [0-9]* ssl/\1via pop.nowhere.invalid/' rc
	printf '%s\n' "$@" >>rc
}

@test "a plugin is the way to the server, TLS goes through it" {
	make_plug
	serve
	plugged "ssl port $port sslcommonname localhost" \
	    "plugin '$top/plug x=%h  %p \"a  b\" \$HOME %%h;%x'"
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	assert_mail_count inbox 3
	[ "$(cut -d ' ' -f 2- called)" = \
	    "'x=pop.nowhere.invalid' '$port' '\"a' 'b\"' '\$HOME' $(
	    )'%pop.nowhere.invalid;%x'" ] || fail "$(<called)"
}

@test "STARTTLS goes through it, too, and the port is by the kind of TLS" {
	make_plug
	sed -i 's/int(sys.argv\[2\])/int(sys.argv[1])/' plug
	serve --tls stls
	plugged "starttls sslcommonname localhost plugin '$top/plug $port %p'"
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 3
	sed -i 's/starttls/ssl/' rc
	run --separate-stderr popfetch -f rc
	[ "$(sed "s/.* //" called | xargs)" = '110 995' ]
}

@test "the certificate must be for the host that is meant" {
	make_plug
	serve
	plugged "ssl port $port plugin '$top/plug %h %p'"
	run -76 --separate-stderr popfetch -f rc
	assert_says 'pop.nowhere.invalid is not for that name'
}

@test "each session has its plugin, which ends with it" {
	make_plug
	# It stays when its input ends, and has to be ended.
	cat >deaf <<-END
	#!/bin/sh
	trap '' TERM HUP
	echo \$\$ >>pids
	./plug "\$@"
	exec sleep 1000
	END
	chmod 755 deaf
	serve
	plugged "ssl port $port sslcommonname localhost expunge 2" \
	    "plugin '$top/deaf %h %p'"
	sed -i 's/keep/nokeep/' rc
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 3
	[ "$(wc -l <pids)" -eq 2 ]
	for pid in $(<pids); do
		never kill -0 "$pid" 2>/dev/null
	done
}

@test "a plugin that cannot be run, or ends at once, is an error" {
	serve
	plugged "ssl port $port plugin '/none/such %h'"
	run -78 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says "^popfetch: work: plugin: cannot run '/none/such': No such"
	plugged "ssl port $port plugin false"
	run -75 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says "plugin 'false'"
	plugged "ssl port $port plugin ' '"
	run -78 --separate-stderr popfetch -f rc
	assert_says "'plugin' without a command"
	assert_mail_count inbox 0
}

@test "cleartext through a plugin is wanted by the account, or refused" {
	make_plug
	serve --tls off
	plugged "port $port plugin '$top/plug %h %p'"
	sed -i "s/^\(.*\)poll/\1 defaults tls off\npoll/; s/sslcertfile '[^']*'//" rc
	run -78 --separate-stderr popfetch -f rc
	assert_says 'cleartext'
	printf 'tls off\n' >>rc
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 3
}
