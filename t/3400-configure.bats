# Starting from nothing: what there is to read without a run-control file, and
# --configure, in a network where the test says what names there are.

load lib/common.bash

pty=$builddir/t/lib/pty

# in_net SCRIPT: in a network of its own, with the names of the file "names".
# The script may start servers; they end with it.
in_net()
{
	local own=(unshare --net --mount --pid --fork --kill-child)

	[ "$(id -u)" -eq 0 ] || own+=(--map-root-user)
	command -v ip >/dev/null || skip 'ip(8) is not installed'
	"${own[@]}" true 2>/dev/null ||
	    skip 'a network of its own needs rights that we do not have'
	# A sanitizer looks into /proc.
	! "${own[@]}" --mount-proc true 2>/dev/null || own+=(--mount-proc)
	echo 'nameserver 127.0.0.1' >resolv.conf
	echo 'options timeout:30 attempts:1' >>resolv.conf
	echo '127.0.0.1 localhost' >hosts
	echo 'hosts: files dns' >nsswitch.conf
	mkdir -p box
	rm -f ready port.*
	cat >net <<-END
	. '$srcdir/t/lib/common.bash'
	ip link set lo up || exit 97
	for f in resolv.conf hosts nsswitch.conf; do
		mount --bind "\$f" "/etc/\$f" || exit 98
	done
	'$builddir/t/lib/dnsd' names ready &
	wait_until 60 [ -e ready ] || exit 99
	# serve PORT CERTIFICATE ARGUMENT...
	serve() {
		local cert=\$2

		[ -e "\$cert" ] || cert='$certs'/\$2
		'$builddir/t/server/popd' --port "\$1" --port-file "port.\$1" \
		    --cert "\$cert" --key '$certs/server.key' \
		    --user joe@wrong.example --pass secret \
		    --max-seconds 600 --mail box "\${@:3}" >"log.\$1" 2>&1 &
		wait_until 60 [ -s "port.\$1" ] || cat "log.\$1" >&2
	}
	configure() {
		SSL_CERT_FILE='$certs/ca.pem' '$popfetch_bin' \
		    --configure "\$@" </dev/null
	}
	popfetch='$popfetch_bin' pty='$pty'
	export SSL_CERT_FILE='$certs/ca.pem'
	END
	cat >>net
	run --separate-stderr "${own[@]}" bash -c \
	    'bats_require_minimum_version() { :; }; . ./net' 3>&-
	case $status in
	97 | 98) skip 'a network of its own cannot be set up here' ;;
	99) fail 'dnsd did not start' "$stderr" ;;
	esac
}

# A right certificate for a name, beside the others.
certificate()
{
	printf 'subjectAltName = DNS:%s\n' "$1" >ext
	openssl req -new -config "$certs/ca.cnf" -key "$certs/server.key" \
	    -subj /CN=x -out csr
	openssl x509 -req -in csr -CA "$certs/ca.pem" -CAkey "$certs/ca.key" \
	    -days 30 -extfile ext -out own.pem 2>/dev/null
}

@test "without a run-control file there are four lines to go on from: 78" {
	run -78 --separate-stderr popfetch
	[ -z "$output" ]
	assert_line_count 4
	assert_says '--configure you@example.org' '--import ~/.fetchmailrc' \
	    'config/popfetch/config'
	[ "$(grep -c '^popfetch: ' <<<"$stderr")" -eq 4 ]
}

@test "with one that is missing by name there is one line" {
	run -78 --separate-stderr popfetch -f missing
	assert_line_count 1
}

@test "a large provider is known: no network, a file that is right" {
	run -0 --separate-stderr popfetch --configure Joe.Doe@GMail.com
	[ -z "$stderr" ]
	assert_says 'app password'
	(umask 077 && echo "$output" >rc)
	run -0 popfetch -f rc --check-config
	run -0 popfetch -f rc --show-config --json
	assert_says '"via":"pop.gmail.com"' '"user":"Joe.Doe@gmail.com"' \
	    '"keep":true'
	run -0 popfetch --configure joe@web.de
	assert_says '^	user "joe"$'
}

@test "one that takes no password, or has no POP3, is told so: 69" {
	run -69 --separate-stderr popfetch --configure joe@outlook.com
	[ -z "$output" ]
	assert_line_count 1
	assert_says OAuth2
	run -69 popfetch --configure joe@icloud.com
	assert_says 'no POP3'
}

@test "what is no address is a usage error: 64" {
	run -64 popfetch --configure joe
	run -64 popfetch --configure 'joe@example.org user x'
	run -64 popfetch --configure
}

@test "SRV: TLS first, the best record whose certificate is right" {
	certificate mail.wrong.example
	cat >names <<-'END'
	_pop3s._tcp.wrong.example SRV 5 0 1995 localhost
	_pop3s._tcp.wrong.example SRV 20 0 997 mail.wrong.example
	_pop3s._tcp.wrong.example SRV 10 0 996 pop.wrong.example
	_pop3._tcp.wrong.example SRV 0 0 110 pop.wrong.example
	mail.wrong.example A 127.0.0.1
	pop.wrong.example A 127.0.0.1
	END
	in_net <<-'END'
	serve 1995 expired.pem --tls implicit
	serve 996 wrongname.pem --tls implicit
	serve 997 own.pem --tls implicit
	configure joe@wrong.example
	END
	[ "$status" -eq 0 ] || fail "$stderr"
	[ -z "$stderr" ] || fail "$stderr"
	assert_says '^poll wrong.example via pop.wrong.example port 996 ssl$' \
	    '^	user "joe@wrong.example"$'
}

@test "SRV: STARTTLS if there is no other" {
	cat >names <<-'END'
	_pop3s._tcp.wrong.example SRV 0 0 0 .
	_pop3._tcp.wrong.example SRV 0 0 110 pop.wrong.example
	pop.wrong.example A 127.0.0.1
	END
	in_net <<-'END'
	configure joe@wrong.example
	END
	[ "$status" -eq 0 ] || fail "$stderr"
	assert_says '^poll wrong.example via pop.wrong.example starttls$'
}

@test "SRV: a server outside the domain is pointed out" {
	cat >names <<-'END'
	_pop3s._tcp.example.org SRV 0 0 995 pop.wrong.example
	pop.wrong.example A 127.0.0.1
	END
	in_net <<-'END'
	serve 995 wrongname.pem --tls implicit
	configure joe@example.org
	END
	[ "$status" -eq 0 ] || fail "$stderr"
	assert_says '^poll example.org via pop.wrong.example ssl$' \
	    '^# The server is outside' \
	    'popfetch: .*pop.wrong.example, by DNS, which is outside'
	in_net <<-'END'
	serve 995 wrongname.pem --tls implicit
	"$pty" "provider's?" $'n\n' "$popfetch" --configure joe@example.org
	END
	[ "$status" -eq 69 ] || fail "$status" "$output" "$stderr"
	never grep -q '^poll' <<<"$output"
}

@test "SRV: a domain that says it has none is not guessed at" {
	cat >names <<-'END'
	_pop3s._tcp.wrong.example SRV 0 0 0 .
	pop.wrong.example A 127.0.0.1
	END
	in_net <<-'END'
	serve 995 wrongname.pem --tls implicit
	configure joe@wrong.example
	END
	[ "$status" -eq 69 ] || fail "$status" "$stderr"
	assert_says 'says by DNS that it has no POP3'
}

@test "without SRV: pop, then mail, only with a certificate that is right" {
	certificate mail.wrong.example
	cat >names <<-'END'
	pop.wrong.example A 127.0.0.1
	mail.wrong.example A 127.0.0.2
	END
	in_net <<-'END'
	serve 995 wrongname.pem --tls implicit
	configure joe@wrong.example
	END
	[ "$status" -eq 0 ] || fail "$stderr"
	assert_says '^poll wrong.example via pop.wrong.example ssl$'
	in_net <<-'END'
	serve 995 expired.pem --tls implicit
	rm port.995
	serve 995 own.pem --tls implicit --listen 127.0.0.2
	configure joe@wrong.example
	END
	[ "$status" -eq 0 ] || fail "$stderr"
	assert_says '^poll wrong.example via mail.wrong.example ssl$'
	in_net <<-'END'
	serve 995 expired.pem --tls implicit
	configure joe@wrong.example
	END
	[ "$status" -eq 69 ] || fail "$status"
	[ -z "$output" ]
	assert_says 'no POP3 server found for wrong.example'
}

@test "at a terminal the login is tried, and leads to a first fetch" {
	"$mkmail" -s 35 -n 2 -f tiny -e want wire
	echo 'pop.wrong.example A 127.0.0.1' >names
	(umask 077 && echo 'machine pop.wrong.example' \
	    'login joe@wrong.example password secret' >"$HOME/.netrc")
	in_net <<-'END'
	serve 995 wrongname.pem --tls implicit --wire --mail wire
	"$pty" 'login now?' $'y\n' "$popfetch" --configure joe@wrong.example ||
	    exit
	configure joe@wrong.example >>"$HOME/.popfetchrc" || exit
	"$popfetch" </dev/null
	END
	[ "$status" -eq 0 ] || fail "$status" "$output" "$stderr"
	assert_says 'the login works'
	[ -z "$stderr" ] || fail "$stderr"
	same_mail want "$HOME/Maildir"
}

@test "a login that fails at the terminal is told with its status" {
	echo 'pop.wrong.example A 127.0.0.1' >names
	(umask 077 && echo 'machine pop.wrong.example' \
	    'login joe@wrong.example password wrong' >"$HOME/.netrc")
	in_net <<-'END'
	serve 995 wrongname.pem --tls implicit
	"$pty" 'login now?' $'y\n' "$popfetch" --configure joe@wrong.example
	END
	[ "$status" -eq 77 ] || fail "$status" "$output" "$stderr"
	never grep -q 'the login works' <<<"$output"
}
