# The examples of the manual pages and of README.md, and what they need to run:
# a user at home, the programs and the servers that they name.  Loaded after
# common.bash and dovecot.bash.

pages=("$srcdir"/doc/*.[1-9] "$srcdir/README.md")

# example PAGE TEXT: sets $example to the one of that page which has this text.
example()
{
	local file

	[ -d manual ] || "$srcdir/t/lib/examples" manual "${pages[@]}"
	file=$(grep -lF -e "$2" "manual/$1"/*) && [ -f "$file" ] ||
	    fail "not one example of $1 has: $2" "$file"
	example=$(<"$file")
	echo "$file" >>claimed
}

# What differs from run to run and from machine to machine: the servers' port
# and name, dates, the key, the cipher, Debian's word in Dovecot's greeting,
# and where home is.  An object may be broken into lines.
same_text()
{
	local f

	for f in want got; do
		sed -Ei -e ':a; /^\{.*,$/{N; s/,\n/,/; ba}' \
		    -e 's/localhost:[0-9]+/pop.example.org:995/' \
		    -e 's/^(address	).*/\1ADDRESS/' \
		    -e 's/20[0-9]{2}(-[0-9]{2}){2}( [0-9:]{8} UTC)?/DATE/' \
		    -e 's/sha256:[0-9a-f]{64}$/PIN/' \
		    -e 's/, TLS_[A-Z0-9_]+$/, CIPHER/' \
		    -e 's/ \(Debian\)//' -e "s,$HOME,/home/joe," "$f"
	done
	diff want got || fail "not what the manual shows:" "$example"
}

# at_home COMMAND: by /bin/sh, at home, as an ordinary user.
at_home()
{
	local path=$top/bin:$PATH ca=$top/certs/ca.pem

	(cd "$HOME" && top=$HOME as_user env PATH="$path" \
	    SSL_CERT_FILE="$ca" /bin/sh -c "$1" 3>&-) </dev/null
}

# by_cron: the command of $example, a line of a crontab.
by_cron()
{
	local path=$top/bin:/usr/bin:/bin

	[[ $example =~ ^([-*/,0-9]+\ ){5}(.*) ]] || fail "$example"
	(cd "$HOME" && top=$HOME as_user env -i HOME="$HOME" LOGNAME=joe \
	    SHELL=/bin/sh PATH="$path" /bin/sh -c "${BASH_REMATCH[2]}" 3>&-) \
	    </dev/null
}

# transcript [STATUS]: runs the commands of $example; each prints what is shown
# below it.
transcript()
{
	local line

	printf '%s\n' "$example" >want
	: >got
	while read -r line; do
		run -"${1-0}" at_home "$line"
		printf '%s\n' "\$ $line" ${output:+"$output"} >>got
	done < <(sed -n 's/^\$ //p' want)
	same_text
}

# in_file FILE [TEXT]: the standard input, or the text, becomes a file at home
# that nobody else reads.
in_file()
{
	(umask 077 && mkdir -p "$(dirname "$HOME/$1")" &&
	    if [ $# -gt 1 ]; then printf '%s\n' "$2"; else cat; fi >"$HOME/$1")
}

# sign NAME HOST...: a certificate for these hosts.
sign()
{
	local name=$1

	shift
	printf 'subjectAltName = DNS:%s' "$1" >ext
	[ $# -eq 1 ] || printf ', DNS:%s' "${@:2}" >>ext
	openssl req -new -config "$made/ca.cnf" -key "$certs/server.key" \
	    -subj /CN=pop.example.org |
	    openssl x509 -req -CA "$certs/ca.pem" -CAkey "$made/ca.key" \
	    -days 90 -extfile ext -out "$certs/$name.pem" 2>sign.log
}

# The certificates of the servers in the examples, one of which is self-signed.
certificates()
{
	local made=$certs
	local self=(openssl req -new -x509 -days 90 -config "$made/ca.cnf")

	certs=$top/certs
	mkdir certs
	cp "$made/server.key" certs
	"${self[@]}" -key "$made/ca.key" -extensions v3_ca \
	    -subj '/CN=Example CA' -out certs/ca.pem
	"${self[@]}" -key certs/server.key -subj /CN=mail.home.example \
	    -addext 'subjectAltName = DNS:mail.home.example' -out certs/home.pem
	sign good localhost pop.isp.example pop.example.net pop.gmail.com
	sign org pop.example.org
}

# The programs that the examples name.  nc reaches a server of ours, whatever
# the host is.
programs()
{
	mkdir bin
	install -m 755 "$popfetch_bin" bin/popfetch
	cat >bin/nc <<-END
	#!/usr/bin/env python3
	import os, signal, socket, sys, threading
	signal.signal(signal.SIGPIPE, signal.SIG_DFL)
	host, port = sys.argv[1:]
	with open("$HOME/dialled", "a") as f:
	    print(host, port, file=f)
	plain = host == "localhost" or port == "110"
	s = socket.create_connection(("127.0.0.1",
	    ${dovecot_port-0} if plain else ${dovecot_tls_port-0}))
	def up():
	    try:
	        while data := os.read(0, 65536):
	            s.sendall(data)
	        s.shutdown(socket.SHUT_WR)
	    except OSError:
	        pass	# the server was faster
	threading.Thread(target=up, daemon=True).start()
	while data := s.recv(65536):
	    os.write(1, data)
	END
	cat >bin/ssh <<-'END'
	#!/bin/sh
	echo "ssh $1" >>"$HOME/dialled"
	shift
	exec "$@"
	END
	cat >bin/pass <<-'END'
	#!/bin/sh
	echo "pass $*" >>"$HOME/called"
	echo 'from pass'
	END
	cat >bin/notify-send <<-'END'
	#!/bin/sh
	printf 'notify-send <%s>\n' "$@" >>"$HOME/called"
	END
	cat >bin/procmail <<-'END'
	#!/bin/sh
	echo "procmail $*" >>"$HOME/called"
	mkdir -p "$HOME/procmail"
	cat >"$(mktemp "$HOME/procmail/XXXXXX")"
	END
	chmod 755 bin/*
}

# server USER...: a Dovecot that has three messages for each of them, and knows
# the passwords of the examples.
server()
{
	local user

	certificates
	mkdir -p t/dovecot
	cp "$srcdir/t/dovecot/dovecot.conf.in" t/dovecot
	chmod u+w t/dovecot/*
	cat >>t/dovecot/dovecot.conf.in <<-END
	passdb {
		driver = passwd-file
		args = scheme=plain $top/passwords
	}
	local_name pop.example.org {
		ssl_cert = <$certs/org.pem
	}
	local_name mail.home.example {
		ssl_cert = <$certs/home.pem
	}
	END
	cat >passwords <<-'END'
	joe@example.org:correct horse
	ann:Secret
	joe.old@example.net:s, e; c
	joe@gmail.com:from pass
	END
	srcdir=$top dovecot_start
	programs
	"$mkmail" -s 80 -n 3 -f plain -e mail wire
	for user; do
		dovecot_fill "$user" wire
	done
}

# mailbox USER: the one of popfetch(1)'s examples, with UIDVALIDITY and sizes.
mailbox()
{
	local n size dir

	mkdir big
	for n in 1 2 3; do
		size=$((411428 * n + 15))
		printf 'Subject: %s\r\n\r\n' $n >big/$n.eml
		yes "$(printf '%070d\r' 0)" | head -c $((size - 14 - 2)) \
		    >>big/$n.eml
		printf '\r\n' >>big/$n.eml
	done
	dovecot_fill "$1" big
	dir=$(dovecot_maildir "$1")
	printf '%s\n' "3 V$((16#6b018aaf)) N4 G$(printf '%032d' 1)" \
	    '1 :1.eml' '2 :2.eml' '3 :3.eml' >"$dir/dovecot-uidlist"
	[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$dir/dovecot-uidlist"
}

# work WORDS...: joe's account on the server of ours, where popfetch looks.
work()
{
	in_file .popfetchrc <<-END
	poll work via localhost port $dovecot_tls_port ssl
	    sslcertfile '$certs/ca.pem' sslcommonname pop.example.org
	    user joe password secret maildir ~/Mail $*
	END
}

# fetches [ARGUMENT...]: $example is a run-control file in which there is
# nothing wrong, and somebody new to it fetches with it, by way of nc.
fetches()
{
	local plugin='plugin "nc %h %p"'

	in_file rc "$example"
	run -0 at_home 'popfetch -f rc --check-config'
	never grep -q error: <<<"$output"
	sed "s,/usr/bin/procmail,procmail," "$HOME/rc" >with
	if grep -q '^defaults ' with; then
		sed -i "s/^defaults /&$plugin /" with
	else
		sed -i "1i defaults $plugin" with
	fi
	in_file with <with
	(cd "$HOME" && rm -rf .local Mail Maildir procmail dialled called)
	mkdir "$HOME/Mail"
	run -0 at_home "popfetch -f with $*"
	assert_output_empty
}

# dialled SERVER...: these were asked for.
dialled()
{
	printf '%s\n' "$@" | sort >want
	sort "$HOME/dialled" | diff want - || fail 'dialled'
}

# all_from USER DIRECTORY [LEFT]: its mail is there, and so much on the server.
all_from()
{
	same_mail mail "$HOME/$2"
	[ "$(dovecot_count "$1")" -eq "${3-3}" ] ||
	    fail "$(dovecot_count "$1") left for $1"
}
