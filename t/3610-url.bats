# One shot: an account that is a URL on the command line.

load lib/common.bash

# serve POPD-ARGUMENT...: four messages.
serve()
{
	[ -d wire ] || "$mkmail" -s 61 -n 4 -f plain -e want wire
	popd_start --cert "$certs/good.pem" --key "$certs/server.key" \
	    --user joe --pass secret --wire --mail wire --record log "$@"
}

netrc()
{
	(umask 077 && echo "machine localhost login ${1-joe} password secret" \
	    >"$HOME/.netrc")
}

@test "pops:// fetches without a run-control file" {
	serve --tls implicit
	netrc
	run -0 --separate-stderr popfetch --ca-file "$certs/ca.pem" \
	    --maildir inbox "pops://joe@localhost:$port"
	assert_output_empty
	same_mail want inbox
	[ "$(ls wire | wc -l)" -eq 4 ]
	[ ! -e "$HOME/.config" ]
	run -0 --separate-stderr popfetch --ca-file "$certs/ca.pem" \
	    --maildir inbox -K "pop3s://joe@localhost:$port/"
	assert_output_empty
	assert_mail_count inbox 4
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "pop:// begins TLS by STLS, and does not go on without" {
	serve --tls stls
	netrc
	run -0 --separate-stderr popfetch --ca-file "$certs/ca.pem" \
	    --maildir inbox "pop://joe@localhost:$port"
	assert_output_empty
	same_mail want inbox
	popd_stop
	serve --tls off
	: >log
	run -76 --separate-stderr popfetch --ca-file "$certs/ca.pem" \
	    --maildir other "pop://joe@localhost:$port"
	assert_line_count 1
	assert_says "does not offer STLS; use 'ssl', or pops:// in a URL, if the server has a TLS port$"
	never grep -E '^C: (USER|PASS)' log
	assert_mail_count other 0
}

@test "pop:// with --tls off is without TLS" {
	serve --tls off
	netrc
	run -0 --separate-stderr popfetch --tls off --maildir inbox \
	    "pop3://joe;AUTH=*@localhost:$port"
	same_mail want inbox
}

@test "the user may be the caller, of -u, or encoded; the port of -P" {
	serve --tls implicit
	netrc
	USER=joe LOGNAME=joe run -0 --separate-stderr popfetch \
	    --ca-file "$certs/ca.pem" --list "pops://localhost:$port"
	[ "${#lines[@]}" -eq 4 ]
	run -0 --separate-stderr popfetch --ca-file "$certs/ca.pem" --list \
	    -u joe -P "$port" pops://someone@localhost
	[ "${#lines[@]}" -eq 4 ]
	run -0 --separate-stderr popfetch --ca-file "$certs/ca.pem" --list \
	    "pops://%6Aoe@localhost:$port"
	[ "${#lines[@]}" -eq 4 ]
}

@test "--check, --probe, --stdout, --mda and --show-config take a URL" {
	serve --tls implicit
	netrc
	url=pops://joe@localhost:$port
	set -- --ca-file "$certs/ca.pem"
	run -0 --separate-stderr popfetch "$@" -c "$url"
	[[ $output == 'localhost: 4 new of 4, '* ]]
	rm "$HOME/.netrc"
	run -0 --separate-stderr popfetch "$@" --probe "$url"
	assert_says "^server	localhost:$port$" '^tls	TLSv1'
	netrc
	run -0 --separate-stderr popfetch "$@" --stdout "$url"
	[ "$(grep -c '^From ' <<<"$output")" -eq 4 ]
	run -0 --separate-stderr popfetch "$@" --show-config --json "$url"
	assert_says '"label":"localhost","active":true' '"user":"joe"'
	popfetch_copy
	run -0 --separate-stderr popfetch_user --ca-file "$certs/ca.pem" \
	    -k -m 'cat >>got' "$url"
	cat want/* >all
	[ "$(wc -c <got)" -eq "$(wc -c <all)" ]
}

@test "a password in a URL is refused and shown nowhere" {
	run -64 --separate-stderr popfetch -vvv -L log \
	    'pops://joe:geheim@localhost'
	assert_line_count 1
	assert_says 'password.*when asked.*\.netrc'
	run -64 --separate-stderr popfetch --json 'pops://joe:geheim@localhost'
	never grep -q geheim <<<"$output$stderr"
	[ ! -e log ]
}

@test "control characters, other schemes and other mechanisms are refused" {
	for url in pops://joe%0d%0aDELE%201@localhost pops://joe%00@localhost \
	    imaps://joe@localhost 'pops://joe;AUTH=GSSAPI@localhost' \
	    pops://joe@localhost/INBOX; do
		run -64 --separate-stderr popfetch --maildir inbox "$url"
		assert_line_count 1
	done
	[ ! -e inbox ]
}

@test "names and URLs go together, and one maildrop is polled once" {
	serve --tls implicit
	netrc
	account "poll work via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    "maildir '$top/work' keep"
	run -78 --separate-stderr popfetch -f rc --ca-file "$certs/ca.pem" \
	    --maildir inbox work "pops://joe@localhost:$port"
	assert_says 'joe@localhost.* is polled by '
	run -0 --separate-stderr popfetch -f rc --ca-file "$certs/ca.pem" \
	    --maildir inbox "pops://joe@localhost:$port"
	assert_output_empty
	same_mail want inbox
	[ ! -e work ]
}

@test "-f /dev/null is a file without an account" {
	serve --tls implicit
	netrc
	run -0 --separate-stderr popfetch -f /dev/null \
	    --ca-file "$certs/ca.pem" --maildir inbox "pops://joe@localhost:$port"
	assert_output_empty
	same_mail want inbox
	run -78 --separate-stderr popfetch -f /dev/null
	assert_says 'no account in /dev/null; .*pops://USER@HOST'
	run -78 --separate-stderr popfetch -f /dev/zero
	assert_says 'not a regular file'
}
