# Directories of trusted certificates, and who can read them.

load lib/common.bash

# serve CERTIFICATE: one message, implicit TLS.
serve()
{
	"$mkmail" -s 39 -n 1 -f plain -e want wire
	popd_start --cert "$certs/$1.pem" --key "$certs/server.key" \
	    --tls implicit --user joe --pass secret --wire --mail wire
	account "poll work via localhost port $port" \
	    "user joe password secret maildir inbox keep sslcertpath roots"
}

# hashed CERTIFICATE MODE: the directory roots, of that mode.
hashed()
{
	mkdir roots
	cp "$certs/$1.pem" \
	    "roots/$(openssl x509 -in "$certs/$1.pem" -noout -hash).0"
	chmod "$2" roots roots/*
}

@test "a directory's authorities are trusted" {
	hashed ca a+rX
	serve good
	run -0 popfetch -f rc
	assert_mail_count inbox 1
}

@test "so they are where only the user that starts it can read them" {
	hashed ca u=rwX,go=
	serve good
	run -0 popfetch -f rc
	assert_mail_count inbox 1
}

@test "a certificate that nobody signed is trusted there, too" {
	hashed selfsigned u=rwX,go=
	mkdir -m 700 private
	mv roots private/
	ln -s private/roots roots
	serve selfsigned
	run -0 popfetch -f rc
	assert_mail_count inbox 1
}

@test "a certificate of another authority is not" {
	hashed selfsigned u=rwX,go=
	serve good
	run -76 --separate-stderr popfetch -f rc
	assert_says 'not trusted here'
	assert_mail_count inbox 0
}

@test "a directory of which nothing can be read is an error: 78" {
	hashed ca a+rX
	serve good
	mv roots/* roots/ca.pem
	run -78 --separate-stderr popfetch -f rc
	assert_says 'roots is no directory of hashed certificates' \
	    'openssl rehash'
	echo no certificate >roots/01234567.0
	if [ "$(id -u)" -eq 0 ]; then
		run -78 --separate-stderr popfetch -f rc
		assert_says 'roots: no certificate in it can be read'
	fi
	chmod 0 roots/*
	popfetch_copy
	run -78 --separate-stderr popfetch_user -f rc
	assert_says 'roots is no directory of hashed certificates'
	chmod 0 roots
	run -78 --separate-stderr popfetch_user -f rc
	assert_says 'sslcertpath .*roots: Permission denied'
	chmod 700 roots
	assert_mail_count inbox 0
}
