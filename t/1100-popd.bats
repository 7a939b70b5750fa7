# The ordinary course of things, against the suite's own server: every kind of
# channel, with and without PIPELINING.

load lib/common.bash

# course TLS-MODE WORDS POPD-ARGUMENT...
course()
{
	local mode=$1 words=$2

	shift 2
	"$mkmail" -s 11 -n 300 -f mixed -e want wire
	popd_start --tls "$mode" --cert "$certs/good.pem" \
	    --key "$certs/server.key" --user joe --pass secret \
	    --wire --mail wire "$@"
	account "poll work via localhost port $port $words" \
	    "sslcertfile '$certs/ca.pem' user joe password secret" \
	    'maildir inbox keep'

	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	assert_staging_empty inbox

	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	[ "$(ls wire | wc -l)" -eq 300 ]

	run -0 --separate-stderr popfetch -f rc -K
	assert_output_empty
	same_mail want inbox
	[ "$(ls wire | wc -l)" -eq 0 ] || fail 'left on the server:' "$(ls wire)"

	run -0 --separate-stderr popfetch -f rc -K
	assert_output_empty
	same_mail want inbox
}

@test "cleartext to loopback: all arrive as sent, once, and nokeep empties the server" {
	course off 'tls off'
}

@test "cleartext without PIPELINING" {
	course off 'tls off' --no-pipelining
}

@test "cleartext without CAPA" {
	course off 'tls off' --no-capa
}

@test "implicit TLS" {
	course implicit ssl
}

@test "implicit TLS without PIPELINING" {
	course implicit ssl --no-pipelining
}

@test "implicit TLS without TOP" {
	course implicit ssl --no-top
}

@test "STLS" {
	course stls starttls
}

@test "STLS without PIPELINING" {
	course stls starttls --no-pipelining
}

@test "a server that sends a few octets at a time" {
	"$mkmail" -s 12 -n 40 -f mixed -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --chunk 3
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox nokeep'
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "nokeep in one go: fetched, delivered and deleted" {
	"$mkmail" -s 13 -n 100 -f mixed -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox nokeep'
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "an empty mailbox is success and silence" {
	mkdir wire
	popd_start --tls off --user joe --pass secret --mail wire \
	    --record record
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox'
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	assert_mail_count inbox 0
	grep -q '^C: STAT' record
}

@test "a new message is fetched, the known ones are not" {
	"$mkmail" -s 14 -n 20 -f plain -e want wire
	mkdir later
	mv wire/0001*.eml later
	popd_start --tls off --user joe --pass secret --wire --mail wire
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox keep'
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 10
	mv later/* wire
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
}

@test "ten accounts at once, each to its own Maildir" {
	local i

	for i in 0 1 2 3 4 5 6 7 8 9; do
		"$mkmail" -s "2$i" -n 30 -f mixed -e "want$i" "users/u$i"
	done
	popd_start --tls off --users users --pass secret --wire
	account 'set per-host 10' "$(for i in 0 1 2 3 4 5 6 7 8 9; do
		echo "poll a$i via localhost port $port tls off" \
		    "user u$i password secret maildir inbox$i keep"
	done)"
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	for i in 0 1 2 3 4 5 6 7 8 9; do
		same_mail "want$i" "inbox$i"
	done
}

@test "several accounts may share one Maildir" {
	local i

	for i in 1 2 3; do
		"$mkmail" -s "3$i" -n 30 -f mixed -e "want$i" "users/u$i"
	done
	mkdir want
	for i in 1 2 3; do
		for f in "want$i"/*; do
			mv "$f" "want/$i.${f##*/}"
		done
	done
	popd_start --tls off --users users --pass secret --wire
	account "$(for i in 1 2 3; do
		echo "poll a$i via localhost port $port tls off" \
		    "user u$i password secret maildir inbox keep"
	done)"
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail want inbox
	assert_staging_empty inbox
}

@test "an account named on the command line is polled alone" {
	"$mkmail" -s 41 -n 3 -f plain -e want1 users/u1
	"$mkmail" -s 42 -n 3 -f plain -e want2 users/u2
	popd_start --tls off --users users --pass secret --wire
	account "poll a1 via localhost port $port tls off" \
	    'user u1 password secret maildir inbox1' \
	    "poll a2 via localhost port $port tls off" \
	    'user u2 password secret maildir inbox2'
	run -0 --separate-stderr popfetch -f rc a2
	assert_output_empty
	assert_mail_count inbox1 0
	same_mail want2 inbox2
}

@test "ordinary users can do all of this, too" {
	"$mkmail" -s 51 -n 20 -f mixed -e want wire
	popd_start --tls implicit --cert "$certs/good.pem" \
	    --key "$certs/server.key" --user joe --pass secret \
	    --wire --mail wire
	popfetch_copy
	account "poll work via localhost port $port ssl" \
	    "sslcertfile '$certs/ca.pem' user joe password secret"
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want home/Maildir
}
