# A real Dovecot of the test's own, on loopback.  Loaded after common.bash.
#
#	dovecot_start		sets dovecot_port (plain, STLS) and
#				dovecot_tls_port (implicit TLS)
#	dovecot_fill USER DIR	puts the wire-form messages of DIR in a mailbox
#	dovecot_count USER	messages in it
#	dovecot_stop		ends it and waits until it is gone
#
# Any user name exists, with the password "secret".

dovecot_bin=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v dovecot) ||
    dovecot_bin=

# A port that nobody listens on, below those the kernel gives to clients.
# Somebody may still be faster, which dovecot_start notices.
dovecot_free_port()
{
	local port hex

	while :; do
		port=$((15000 + (RANDOM * 32768 + RANDOM) % 16000))
		printf -v hex ':%04X' "$port"
		grep -q "$hex " /proc/net/tcp /proc/net/tcp6 2>/dev/null ||
		    break
	done
	echo "$port"
}

# Dovecot gives nobody root's mailbox, so for root the mail is another user's.
dovecot_conf()
{
	local conf users='' uid gid

	uid=$(id -u) gid=$(id -g)
	if [ "$uid" -eq 0 ]; then
		uid=65534 gid=65534
	else
		users="default_internal_user = $(id -un)
default_internal_group = $(id -gn)
default_login_user = $(id -un)"
	fi
	conf=$(<"$srcdir/t/dovecot/dovecot.conf.in")
	conf=${conf//@DIR@/$dovecot_dir}
	conf=${conf//@CERTS@/$certs}
	conf=${conf//@USERS@/$users}
	conf=${conf//@UID@/$uid}
	conf=${conf//@GID@/$gid}
	conf=${conf//@PORT@/$dovecot_port}
	conf=${conf//@TLSPORT@/$dovecot_tls_port}
	printf '%s\n' "$conf" >"$dovecot_dir/conf"
}

dovecot_start()
{
	local try

	[ -n "$dovecot_bin" ] || fail 'dovecot is not installed'
	dovecot_dir=$BATS_TEST_TMPDIR/dovecot
	mkdir -p "$dovecot_dir/mail"
	[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$dovecot_dir/mail"
	for try in 1 2 3 4 5; do
		dovecot_port=$(dovecot_free_port)
		dovecot_tls_port=$(dovecot_free_port)
		dovecot_conf
		setsid "$dovecot_bin" -F -c "$dovecot_dir/conf" \
		    >"$dovecot_dir/out" 2>&1 3>&- &
		dovecot_pid=$!
		wait_until 60 dovecot_ready_or_dead ||
		    fail 'dovecot does not answer' "$(dovecot_log)"
		! kill -0 "$dovecot_pid" 2>/dev/null || return 0
		grep -qs 'already in use' "$dovecot_dir/log" || break
	done
	dovecot_pid=
	fail "dovecot does not start (try $try)" "$(dovecot_log)"
}

dovecot_log()
{
	cat "$dovecot_dir/out" "$dovecot_dir/log" 2>/dev/null
}

dovecot_ready_or_dead()
{
	kill -0 "$dovecot_pid" 2>/dev/null || return 0
	[ -e "$dovecot_dir/run/master.pid" ] &&
	    (: <>"/dev/tcp/127.0.0.1/$dovecot_tls_port") 2>/dev/null
}

# Its processes form a session of their own.
dovecot_stop()
{
	[ -n "${dovecot_pid-}" ] || return 0
	stop_group "$dovecot_pid"
	dovecot_pid=
}

dovecot_maildir()
{
	echo "$dovecot_dir/mail/$1/Maildir"
}

# dovecot_mail SEED COUNT WIRE WANT: mixed messages without the kinds that
# Dovecot cannot serve as they are: it sends an empty one as an empty line, does
# not stuff a dot that is a message's first octet, and takes a bare LF at the
# very end for the line's end.
dovecot_mail()
{
	"$mkmail" -s "$1" -n $(($2 * 3 / 2)) -f mixed -e "$4" "$3"
	(cd "$3" && find . -size 0 && perl -0777 -ne 'print "$ARGV\n" if
	    substr($_, 0, 1) eq "." ||
	    substr($_, -1) eq "\n" && substr($_, -2) ne "\r\n"' \
	    -- *.eml) >unfit
	(cd "$3" && xargs rm -f) <unfit
	ls "$3" | tail -n +$(($2 + 1)) >>unfit
	(cd "$3" && xargs rm -f) <unfit
	(cd "$4" && xargs rm -f) <unfit
	[ "$(ls "$3" | wc -l)" -eq "$2" ]
}

# dovecot_fill USER DIR: the messages of DIR, in wire form, by name.
#
# They are put into the Maildir as they are, so no delivery agent of Dovecot's
# touches them.  On the way out Dovecot (2.3.19) puts a CR before each bare LF
# and ends the last line; with CRLF stored as LF that makes no difference to
# what arrives.  What does is not in dovecot_mail's mail.
dovecot_fill()
{
	local md

	md=$(dovecot_maildir "$1")
	mkdir -p "$md/new" "$md/cur" "$md/tmp"
	ln "$2"/*.eml "$md/new"
	[ "$(id -u)" -ne 0 ] ||
	    chown -R 65534:65534 "$dovecot_dir/mail/$1"
}

dovecot_count()
{
	local md

	md=$(dovecot_maildir "$1")
	find "$md/new" "$md/cur" -type f | wc -l
}
