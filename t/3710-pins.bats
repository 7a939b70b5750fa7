# Whose certificate it has to be: tlspin and sslcommonname.

load lib/common.bash

# serve CERTIFICATE POPD-ARGUMENT...: three messages, implicit TLS.
serve()
{
	local cert=$1

	shift
	[ -d wire ] || "$mkmail" -s 38 -n 3 -f plain -e want wire
	popd_start --cert "$certs/$cert.pem" --key "$certs/server.key" \
	    --tls implicit --user joe --pass secret --wire --mail wire \
	    --record log "$@"
}

# rc WORDS...: an account without trust roots, and more words for it.
rc()
{
	account "poll work via localhost port $port" \
	    "user joe password secret maildir inbox keep" "$@"
}

# digest CERTIFICATE: of its key.
digest()
{
	openssl x509 -in "$certs/$1.pem" -noout -pubkey |
	    openssl pkey -pubin -outform der | openssl dgst -sha256 -binary
}

# refused REGEX...: 76 in one line, and no word of the login.
refused()
{
	: >log
	run -76 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says '^popfetch: work: ' "$@"
	never grep -q -e USER -e PASS -e AUTH log
	assert_mail_count inbox 0
}

@test "a pin that --probe prints is enough, whatever else is wrong" {
	local cert pin

	for cert in selfsigned expired future wrongname; do
		serve $cert
		rc "ssl sslcertfile '$certs/ca.pem'"
		run --separate-stderr popfetch -f rc --probe
		pin=$(sed -n 's/^pin	//p' <<<"$output")
		[ "${#pin}" -eq 71 ]
		refused "$(case $cert in
		selfsigned) echo self-signed ;;
		expired) echo 'expired on' ;;
		future) echo 'not valid before' ;;
		wrongname) echo 'not for that name' ;;
		esac)"
		rc "ssl tlspin '$pin'" "maildir in.$cert"
		sed -i 's/maildir inbox//' rc
		run -0 --separate-stderr popfetch -f rc -a
		assert_output_empty
		assert_mail_count in.$cert 3
		popd_stop
	done
}

@test "what the message about an unknown certificate says is enough to paste" {
	local cert words

	for cert in selfsigned good; do
		rm -rf wire want "$XDG_STATE_HOME" in.$cert
		serve $cert
		account "poll work via localhost port $port ssl" \
		    "user joe password secret maildir in.$cert keep"
		refused 'tlspin'
		words=$(grep -o 'tlspin "[^"]*"' <<<"$stderr")
		[ "$words" = "tlspin \"sha256:$(digest $cert |
		    od -An -v -tx1 | tr -d ' \n')\"" ]
		run -0 --separate-stderr popfetch -f rc \
		    --pin "$(cut -d '"' -f 2 <<<"$words")"
		assert_mail_count in.$cert 3
		rm -r in.$cert "$XDG_STATE_HOME"
		echo "$words" >>rc
		run -0 --separate-stderr popfetch -f rc
		assert_mail_count in.$cert 3
		popd_stop
	done
}

@test "a pin may be base64, and one of several" {
	serve selfsigned
	rc "ssl tlspin 'sha256:$(digest ca | base64)" \
	    "sha256:$(digest selfsigned | base64)'"
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 3
}

@test "STARTTLS has to do with it, too" {
	serve selfsigned --tls stls
	rc "starttls tlspin 'sha256:$(digest ca | base64)'"
	refused 'tlspin'
	rc "starttls tlspin 'sha256:$(digest selfsigned | base64)'"
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 3
}

@test "another key than the one pinned is 76, however good its certificate" {
	serve good
	# That of the authority which signed it is another one.
	rc "ssl sslcertfile '$certs/ca.pem'" \
	    "tlspin 'sha256:$(digest ca | base64)'"
	refused 'key of localhost is not the one' '; ask .* operator' \
	    "but sha256:$(digest good | od -An -v -tx1 | tr -d ' \n');"
	# What --probe is for is told nevertheless.
	run -76 --separate-stderr popfetch -f rc --probe
	assert_says '^pin	sha256:'
}

@test "sslcommonname is the name to expect, instead of the host's" {
	serve wrongname
	rc "ssl sslcertfile '$certs/ca.pem'"
	refused 'not for that name'
	rc "ssl sslcertfile '$certs/ca.pem' sslcommonname pop.wrong.example"
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 3
	rm -r inbox

	# The name in the subject (CN) is not looked at, an address is.
	rc "ssl sslcertfile '$certs/ca.pem' sslcommonname wrongname.test"
	refused 'wrongname.test is not for that name'
	serve good
	rc "ssl sslcertfile '$certs/ca.pem' sslcommonname pop.example.org"
	refused 'pop.example.org is not for that name'
	rc "ssl sslcertfile '$certs/ca.pem' sslcommonname '::1'"
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 3
}
