# Moving in: what the real programs wrote is taken over, and the first run
# fetches only what is new.

load lib/common.bash

# needs PROGRAM
needs()
{
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# Three messages on a server that is the same before and after the move.
server()
{
	"$mkmail" -s 33 -n 3 -f tiny -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --record record
	box=$HOME/box
	mkdir -m 700 -p "$box"/{new,cur,tmp}
	chmod 700 "$HOME" "$box"
}

# as_user, where a program refuses to be root's.
user_run()
{
	local r=0

	as_user env "HOME=$HOME" "$@" </dev/null 3>&- || r=$?
	[ "$(id -u)" -ne 0 ] || chown -R 0:0 "$top"
	return "$r"
}

# The account of popfetch's file, with more words perhaps.
work()
{
	account "poll work via 127.0.0.1 port $port tls off" \
	    "user joe password secret maildir inbox keep" "$@"
}

# Two more messages come; a first run fetches these and no other.
only_new_comes()
{
	mkdir -p new-wire new-want
	"$mkmail" -s 34 -n 2 -f tiny -e new-want new-wire
	for f in new-wire/*; do
		cp "$f" "wire/later-${f##*/}"
	done
	: >record
	run -0 --separate-stderr popfetch -f rc
	assert_output_empty
	same_mail new-want inbox
	[ "$(grep -c '^C: RETR' record)" -eq 2 ] || fail "$(<record)"
	run -0 --separate-stderr popfetch -f rc
	assert_mail_count inbox 2
}

@test "fetchmail's .fetchids" {
	needs fetchmail
	server
	(umask 077 && cat >frc <<-END)
	set no syslog
	set no bouncemail
	poll elsewhere via 127.0.0.1 protocol pop3 port $port uidl
	user joe password secret is joe here
	keep no rewrite sslproto '' mda "cat >>$HOME/mbox"
	END
	run -0 fetchmail -s -f frc -i ids --pidfile "$top/pid"
	work
	run -0 --separate-stderr popfetch -f rc --import ids
	assert_says '^work: 3 messages entered, 0 known already$'
	[ -z "$stderr" ] || fail "$stderr"
	run -0 popfetch -f rc --import ids
	assert_says '^work: 0 messages entered, 3 known already$'
	run -0 popfetch -f rc --import ids --json
	[ "$output" = '{"v":1,"event":"import","account":"work","entered":0,"known":3}' ]
	only_new_comes
}

@test "mpop's uidls" {
	needs mpop
	server
	(umask 077 && cat >mrc <<-END)
	account work
	host 127.0.0.1
	port $port
	tls off
	auth user
	user joe
	password secret
	keep on
	uidls_file $top/uidls
	delivery maildir $box
	END
	run -0 mpop -q -C mrc work
	work
	run -0 --separate-stderr popfetch -f rc --import uidls
	assert_says '^work: 3 messages entered'
	only_new_comes
}

@test "mpop's uidls as 1.4.23 writes them" {
	server
	{
		echo '# a comment'
		echo " 3 127.0.0.1 joe"
		for f in wire/*; do
			echo "${f##*/} 1700000000"
		done
	} >uidls
	work
	run -0 popfetch -f rc --import uidls
	only_new_comes
}

@test "getmail's oldmail" {
	needs getmail
	server
	(umask 077 && cat >grc <<-END)
	[retriever]
	type = SimplePOP3Retriever
	server = 127.0.0.1
	port = $port
	username = joe
	password = secret
	[destination]
	type = Maildir
	path = $box/
	[options]
	read_all = false
	delete = false
	END
	mkdir g
	# It gives up on children of its own when the machine is busy.
	wait_until 60 user_run getmail -q --getmaildir "$top/g" -r "$top/grc"
	work
	run -0 --separate-stderr popfetch -f rc --import \
	    "g/oldmail-127.0.0.1-$port-joe"
	assert_says '^work: 3 messages entered'
	only_new_comes
}

@test "fdm's cache" {
	needs fdm
	server
	(umask 077 && cat >fdmrc <<-END)
	set unmatched-mail keep
	set no-received
	set lock-file "$top/lock"
	action "box" maildir "$box"
	account "work" pop3 server "127.0.0.1" port $port user "joe" \
	    pass "secret" new-only cache "$top/cache" keep
	match all action "box"
	END
	user_run fdm -q -f "$top/fdmrc" fetch
	work "poll other user jane password x"
	run -78 --separate-stderr popfetch -f rc --import cache
	assert_says 'name the account'
	run -0 --separate-stderr popfetch -f rc --import cache work
	assert_says '^work: 3 messages entered'
	sed -i '$d' rc
	only_new_comes
}

@test "Thunderbird's popstate.dat: what it has whole" {
	server
	set -- wire/*
	{
		printf '# POP3 State File\n'
		printf '# This is a generated file!  Do not edit.\n\n'
		printf '*127.0.0.1 joe\nk %s 1700000000\n' "${1##*/}"
		printf 'd %s 1700000000\nb %s 1700000000\n' "${2##*/}" \
		    "${3##*/}"
	} >popstate.dat
	work
	run -0 popfetch -f rc --import popstate.dat
	assert_says '^work: 2 messages entered'
	run -0 popfetch -f rc
	assert_mail_count inbox 1
}

@test "nothing that was entered is deleted" {
	server
	printf 'joe@127.0.0.1 %s\n' $(cd wire && ls) >ids
	work nokeep
	sed -i 's/ keep$//' rc
	run -0 popfetch -f rc --import ids
	run -0 popfetch -f rc
	[ "$(ls wire | wc -l)" -eq 3 ]
	never grep -q '^C: DELE' record
}

@test "accounts are found by user and host, whatever their label or case" {
	account 'poll a via POP.example.org user joe password x' \
	    'poll pop.example.net user Jane@Example.net password x' \
	    'poll c via pop.example.com aka old.example.com user x password x'
	cat >ids <<-'END'
	joe@pop.EXAMPLE.org 1
	joe@pop.example.org 2
	jane@example.net@pop.example.net 3
	x@old.example.com 4
	x@pop.example.org 5
	END
	run -0 --separate-stderr popfetch -f rc --import ids
	assert_says '^a: 2 messages entered' \
	    '^pop.example.net: 1 messages entered' '^c: 1 messages entered' \
	    'messages of x@pop.example.org are left out'
	run -0 --separate-stderr popfetch -f rc --import ids a
	assert_says '^a: 0 messages entered, 2 known already$'
	run -0 --separate-stderr "$popfetch_bin" -f rc --import - c <<<'1 9'
	assert_says '^c: 1 messages entered, 0 known already$'
}

@test "getmail's '-' may have been '/'" {
	mkdir wire
	printf 'Subject: x\n\nx\n' >wire/m
	echo 'm QUJD/ZGVm' >uids
	popd_start --tls off --user joe --pass secret --mail wire --uids uids \
	    --record record
	work
	printf 'QUJD-ZGVm\0001700000000\n' >"oldmail-127.0.0.1-$port-joe"
	run -0 popfetch -f rc --import "oldmail-127.0.0.1-$port-joe"
	assert_says '^work: 1 messages entered'
	run -0 popfetch -f rc
	never grep -q RETR record
}

@test "an account that is at work is left alone: 75" {
	account 'poll a via pop.example.org user joe password x'
	echo 'joe@pop.example.org 1' >ids
	run -0 popfetch -f rc --import ids
	(
		flock 9
		echo 'joe@pop.example.org 2' >ids
		run -75 popfetch -f rc --import ids
		assert_line_count 1
		assert_says '^popfetch: a: another popfetch is at work on this account; try again when that one is done$'
	) 9>"$XDG_STATE_HOME/popfetch/joe@pop.example.org.lock"
}

@test "a file that is none of these, or for nobody, is an error" {
	account 'poll a via pop.example.org user joe password x'
	echo 'Dear Joe' >letter
	run -78 --separate-stderr popfetch -f rc --import letter
	assert_line_count 1
	: >empty
	run -78 popfetch -f rc --import empty
	run -78 popfetch -f rc --import missing
	echo 'jane@pop.example.org 1' >ids
	run -78 --separate-stderr popfetch -f rc --import ids
	[ -z "$output" ]
	[ ! -e "$XDG_STATE_HOME/popfetch" ]
}

@test "a configuration that each program takes is one that popfetch takes" {
	cat >fetchmailrc <<-'END'
	set daemon 300
	poll pop.example.org proto pop3 user "joe@example.org" pass "s3c#1"
	is joe here keep ssl smtphost localhost
	END
	cat >mpoprc <<-'END'
	defaults
	tls on
	tls_starttls off
	account work
	host pop.example.org
	user joe@example.org
	password s3c#1
	keep on
	delivery maildir ~/Mail
	filter bogofilter
	END
	cat >getmailrc <<-'END'
	[retriever]
	type = SimplePOP3SSLRetriever
	server = pop.example.org
	username = joe@example.org
	password = s3c#1
	[destination]
	type = Maildir
	path = ~/Mail/
	[options]
	message_log = ~/log
	END
	chmod 600 fetchmailrc mpoprc
	! command -v fetchmail || fetchmail -f fetchmailrc --configdump
	! command -v mpop || mpop -C mpoprc -P work
	for kind in fetchmailrc mpoprc getmailrc; do
		run -0 --separate-stderr popfetch --import $kind
		assert_says "$kind: . things? to look at"
		(umask 077 && echo "$output" >rc)
		grep -q '# ' rc
		run -0 popfetch -f rc --check-config
		run -0 popfetch -f rc --show-config --show-secrets --json
		assert_says '"(via|label)":"pop.example.org"' '"keep":true' \
		    '"user":"joe@example.org"' '"password":"s3c#1"'
	done
}

# imports FILE: into something that loads, or to nothing and a sentence.
imports()
{
	umask 077
	status=0
	popfetch_user --import "$1" >rc 2>log || status=$?
	case $status in
	0) popfetch_user -f rc --check-config >checked || fail "$1" \
	    "$(grep error checked)" ;;
	78) [ ! -s rc ]
	    [ "$(wc -l <log)" -eq 1 ]
	    echo "$1" >>"$top/none" ;;
	*) fail "$1: $status" "$(<log)" ;;
	esac
}

@test "what has passwords is for its owner alone" {
	echo 'poll pop.example.org user joe password secret keep' >frc
	umask 022
	popfetch --import frc >rc
	[ "$(stat -c %a rc)" = 600 ]
	run -0 popfetch -f rc --check-config
	chmod 755 rc
	popfetch --import frc >>rc
	[ "$(stat -c %a rc)" = 700 ]
	popfetch --configure joe@gmail.com >rc2
	[ "$(stat -c %a rc2)" = 600 ]
	run -64 popfetch --import frc --json
	run -64 popfetch --configure joe@gmail.com --json
}

@test "every fetchmailrc becomes something that loads, or nothing" {
	local f

	popfetch_copy
	cp -R "$srcdir"/t/rc/* .
	chmod -R u+rwX,go= .
	for f in */*.rc; do
		cd "${f%/*}"
		imports "${f##*/}"
		cd "$top"
	done
	# For several users, for root, for other protocols.
	printf '%s.rc\n' names ours protocols | diff - none
}

@test "what a fetchmailrc has against verifying is told, and not done" {
	cat >fetchmailrc <<-'END'
	poll a.example.org proto pop3 user joe pass x is joe=jim here
	    keep no sslcertck sslfingerprint "00:11"
	poll b.example.org auth gssapi user joe keep
	END
	run -0 --separate-stderr popfetch --import fetchmailrc
	assert_says "^# fetchmailrc:2:10: 'no sslcertck': .*'sslcertfile'" \
	    "^# fetchmailrc:2:23: 'sslfingerprint': .*'tlspin'" \
	    "^# fetchmailrc:3:20: 'auth gssapi': " \
	    '^	is "jim"$' '^#poll "b.example.org"$' '^#	auth gssapi$'
	never grep -qE '^[^#]*(sslcertck|sslfingerprint|tls off)' <<<"$output"
	(umask 077 && echo "$output" >rc)
	run -0 popfetch -f rc --check-config
}

@test "a file is known by its first word, whatever is around it" {
	printf '\xef\xbb\xbfpoll a user joe keep\n' >bom
	echo 'defaults keep proto pop3 poll b user joe' >defaults
	mkdir parts
	echo 'poll c user joe keep sslcertfile ca.pem' >parts/c
	echo 'include "parts/*"' >include
	for f in bom defaults include; do
		run -0 --separate-stderr popfetch --import $f
		assert_says '^poll "[abc]"$' '^	user "joe"$'
	done
	assert_says "^	sslcertfile \"$top/parts/ca.pem\"$"
	printf '\xef\xbb\xbfhost d\nuser joe\n' >mpoprc
	run -0 --separate-stderr popfetch --import mpoprc
	assert_says '^poll "d"$'
}
