# Against a real Dovecot: what arrives is what it held, once.

load lib/common.bash
load lib/dovecot.bash

# course COUNT PORT WORDS: keep, keep again, then delete.
course()
{
	local count=$1 port=$2 words=$3

	account "poll real via localhost port $port $words" \
	    "sslcertfile '$certs/ca.pem' user u1 password secret" \
	    'maildir inbox keep'

	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	assert_staging_empty inbox
	[ "$(dovecot_count u1)" -eq "$count" ]

	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox

	run -0 --separate-stderr popfetch -f rc -K
	assert_output_empty
	same_mail want inbox
	[ "$(dovecot_count u1)" -eq 0 ] ||
	    fail "$(dovecot_count u1) messages left on the server"
}

@test "implicit TLS: 2,000 messages byte for byte, none twice, then none left" {
	dovecot_mail 1 2000 wire want
	dovecot_start
	dovecot_fill u1 wire
	course 2000 "$dovecot_tls_port" ssl
}

@test "STLS: 200 messages byte for byte, none twice, then none left" {
	dovecot_mail 2 200 wire want
	dovecot_start
	dovecot_fill u1 wire
	course 200 "$dovecot_port" starttls
}

@test "nokeep in one go" {
	dovecot_mail 3 300 wire want
	dovecot_start
	dovecot_fill u1 wire
	account "poll real via localhost port $dovecot_tls_port ssl" \
	    "sslcertfile '$certs/ca.pem' user u1 password secret" \
	    'maildir inbox nokeep'
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	[ "$(dovecot_count u1)" -eq 0 ]
}

@test "a refused login is told in the server's words and is 77" {
	dovecot_start
	account "poll real via localhost port $dovecot_tls_port ssl" \
	    "sslcertfile '$certs/ca.pem' user u1 password wrong" \
	    'maildir inbox'
	run -77 --separate-stderr popfetch -f rc
	assert_line_count 1
	assert_says '^popfetch: real: ' 'Authentication failed'
	assert_mail_count inbox 0
}

@test "two accounts of one server at a time" {
	dovecot_mail 4 50 wire1 want1
	dovecot_mail 5 50 wire2 want2
	dovecot_start
	dovecot_fill u1 wire1
	dovecot_fill u2 wire2
	account "poll one via localhost port $dovecot_tls_port ssl" \
	    "sslcertfile '$certs/ca.pem' user u1 password secret maildir in1" \
	    "poll two via localhost port $dovecot_port starttls" \
	    "sslcertfile '$certs/ca.pem' user u2 password secret maildir in2"
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want1 in1
	same_mail want2 in2
}
