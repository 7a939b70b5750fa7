# Every example of the manual pages and of README.md is run, and what they say
# comes out is compared with what does.

load lib/common.bash
load lib/dovecot.bash
load lib/manual.bash

@test "every example has a test, and every test its example" {
	local page text

	sed -n "s/^	example \([^ ]*\) '\(.*\)'\$/\1	\2/p" \
	    "$BATS_TEST_FILENAME" >claims
	while IFS=$'\t' read -r page text; do
		example "$page" "$text"
	done <claims
	[ -z "$(sort claimed | uniq -d)" ] || fail 'claimed twice:' \
	    "$(cat $(sort claimed | uniq -d))"
	find manual -type f | sort >all
	sort claimed | comm -13 - all >left
	[ ! -s left ] || fail 'no test here runs this:' "$(cat $(<left))"
}

# --- popfetch(1)

@test "looking: each command prints what the manual shows" {
	server
	mailbox joe
	work keep limit 1M fetchlimit 1
	run -0 at_home popfetch
	work keep limit 1M
	example popfetch.1 'popfetch -c'
	transcript
	example popfetch.1 'popfetch --list'
	transcript
	example popfetch.1 'popfetch --dry-run --no-keep'
	transcript
	example popfetch.1 'popfetch --json --dry-run'
	transcript
	example popfetch.1 'popfetch --probe'
	transcript
	example README.md 'popfetch --dry-run'
	run -0 at_home "$example"
	[ "$(grep -c fetch$'\t'new <<<"$output")" -eq 1 ]
	example README.md 'popfetch --check-config'
	run -0 at_home "$example"
	[ "$(dovecot_count joe)" -eq 3 ]
}

@test "fetching: silent by cron, talkative with -v, by procmail" {
	server joe
	work keep
	example popfetch.1 '* * * * popfetch -q'
	run -0 by_cron
	assert_output_empty
	all_from joe Mail
	rm -r "$HOME/Mail" "$HOME/.local"
	example README.md '* * * * popfetch -q'
	run -0 by_cron
	assert_output_empty
	all_from joe Mail

	rm -r "$HOME/Mail" "$HOME/.local"
	example popfetch.1 'popfetch -v work'
	run -0 at_home "${example#$ }"
	assert_says '^popfetch: work: '
	all_from joe Mail
	example README.md 'popfetch -v work'
	run -0 at_home "$example"

	rm -r "$HOME/Mail" "$HOME/.local"
	work nokeep
	example popfetch.1 'popfetch -k -m procmail'
	run -0 at_home "${example#$ }"
	assert_output_empty
	all_from joe procmail
}

@test "one shot: an URL, into a Maildir and by formail to procmail" {
	server joe
	[ -n "$(command -v formail)" ] || fail 'formail is not installed'
	in_file .netrc 'machine localhost login joe password secret'
	example popfetch.1 'popfetch --stdout pops:'
	shots=${example//pop.example.org/localhost:$dovecot_tls_port}
	run -0 at_home "${shots##*$'\n'}"
	assert_output_empty
	run -0 at_home "${shots%%$'\n'*}"
	assert_output_empty
	all_from joe inbox
	[ "$(cat "$HOME"/procmail/* | grep '^Subject:' | sort)" = \
	    "$(cat mail/* | grep '^Subject:' | sort)" ]
	[ "$(grep -c '^procmail $' "$HOME/called")" -eq 3 ]

	rm -r "$HOME/inbox" "$HOME/.local"
	example README.md 'popfetch -k --maildir ./inbox pops:'
	run -0 at_home "${example//pop.example.org/localhost:$dovecot_tls_port}"
	all_from joe inbox
}

@test "moving in: the words, then what was seen already" {
	programs
	in_file .fetchmailrc <<-'END'
	poll pop.example.org proto pop3
	user joe password secret ssl keep mda "procmail -d %T"
	END
	seq -f 'joe@pop.example.org UID%g' 812 | in_file .fetchids
	example popfetch.1 'popfetch --import ~/.fetchids'
	transcript
	run -0 at_home 'popfetch --check-config'
	[ "$(grep -c ' K UID' "$HOME"/.local/state/popfetch/*l)" -eq 812 ]

	rm -r "$HOME/.local" "$HOME/.popfetchrc"
	example README.md 'popfetch --import ~/.fetchids'
	run -0 at_home "$example"
	[ "${lines[-1]}" = \
	    'pop.example.org: 812 messages entered, 0 known already' ]
}

@test "what is wrong with a file, and what it comes to" {
	programs
	in_file config <<-'END'
	set deamon 300
	poll work via pop.example.org user joe pass secret keep ssl maildir x
	uidl
	END
	example popfetch.1 'unknown keyword'
	transcript 78
	in_file config <<-'END'
	poll work via pop.example.org
	 user joe pass right keep sssl
	END
	example popfetchrc.5 'unknown keyword'
	printf '%s\n' "$example" >want
	run -78 at_home 'popfetch -f config'
	printf '%s\n' "$output" >got
	same_text
	in_file .popfetchrc <<-'END'
	poll work via pop.example.org
	    user joe password secret is joe here keep maildir ~/Mail
	END
	example popfetch.1 'popfetch --show-config --json'
	transcript
}

# --- popfetchrc(5), and the examples of README.md

@test "the run-control files fetch what they say, and leave what they say" {
	server joe joe@example.org ann joe.old@example.net
	example popfetchrc.5 'maildir ~/Mail/inbox'
	fetches
	dialled 'pop.example.org 995'
	all_from joe@example.org Mail/inbox
	example popfetchrc.5 'maildir ~/Mail/work'
	fetches
	dialled 'pop.example.org 995'
	all_from joe@example.org Mail/work

	example popfetchrc.5 'poll proxy via localhost'
	fetches
	dialled 'localhost 1110'
	all_from joe Maildir

	cp certs/home.pem "$HOME"
	example popfetchrc.5 'skip archive'
	fetches
	dialled 'pop.example.org 995' 'mail.home.example 1995' \
	    'mail.home.example 1995'
	all_from joe@example.org Mail/work
	all_from joe Mail/home
	all_from ann Mail/ann
	fetches archive
	dialled 'pop.example.net 995'
	all_from joe.old@example.net Mail/archive

	example popfetchrc.5 'poll pop.isp.example starttls'
	fetches
	dialled 'pop.isp.example 110'
	all_from joe procmail 0
	[ "$(sort -u "$HOME/called")" = 'procmail -d joe' ]
}

@test "files that are included, with a password of a program's" {
	server joe@gmail.com joe
	in_file accounts.d/gmail.rc \
	    'poll gmail via pop.gmail.com user joe@gmail.com'
	in_file accounts.d/isp.rc \
	    'poll isp via pop.example.net user joe password secret'
	example popfetchrc.5 'include "accounts.d/'
	fetches
	dialled 'pop.gmail.com 995' 'pop.example.net 995'
	[ "$(<"$HOME/called")" = 'pass show mail/gmail' ]
	all_from joe@gmail.com Mail/gmail
	all_from joe Mail/isp
}

@test "options and commands that stand alone" {
	local account='poll work via pop.example.org user joe password secret'

	server joe
	example popfetchrc.5 'plugin "ssh'
	example="$account $example"
	fetches
	dialled 'pop.example.org 995' 'ssh gate.example.org'
	all_from joe Maildir
	example popfetchrc.5 'on-new '
	example="$account $example"
	fetches
	[ "$(<"$HOME/called")" = 'notify-send <3 new messages>' ]

	in_file .config/popfetch/config "$account"
	chmod 644 "$HOME/.config/popfetch/config"
	run -78 at_home 'popfetch --check-config'
	example popfetchrc.5 'chmod 600'
	transcript
	run -0 at_home 'popfetch --check-config'
}

@test "README.md: a Maildir, and an MDA" {
	server joe joe@example.org
	example README.md 'maildir "~/Mail/work"'
	fetches
	dialled 'pop.example.org 995'
	all_from joe@example.org Mail/work
	example README.md 'mda "procmail -d %T"'
	fetches
	dialled 'pop.isp.example 110'
	all_from joe procmail 0
	[ "$(sort -u "$HOME/called")" = 'procmail -d joe' ]
}

# --- popfetch-providers(7), and starting from nothing

@test "a provider: typed passwords, then a program's, and a proxy" {
	local line

	server joe@gmail.com joe@outlook.com
	install -m 755 "$builddir/t/lib/pty" bin
	in_file .popfetchrc 'defaults plugin "nc %h %p"'
	example popfetch-providers.7 'popfetch --configure joe@gmail.com'
	[ "$(sed 1d <<<"$example")" = popfetch ]
	run -0 at_home "$(sed "2s/^/pty assword '&secret\n' /" <<<"$example")"
	all_from joe@gmail.com Maildir

	example popfetch-providers.7 'passwordeval "pass show'
	while read -r line; do
		grep -q "^[	# ]*$line\$" "$HOME/.popfetchrc" ||
		    fail "--configure does not print: $line"
	done <<<"$example"
	fetches
	dialled 'pop.gmail.com 995'
	[ "$(<"$HOME/called")" = 'pass show mail/gmail.com' ]
	all_from joe@gmail.com Maildir

	in_file .netrc 'machine outlook login joe@outlook.com password secret'
	example popfetch-providers.7 'poll outlook'
	fetches
	dialled 'localhost 1995'
	all_from joe@outlook.com Maildir
}

own_net=(unshare --map-root-user --net --mount)

# from_nothing: $example leads to mail, in a network in which there is only
# pop.example.org.
from_nothing()
{
	rm -rf "$HOME"/.[a-z]* "$HOME/Maildir" ready port
	in_file .netrc \
	    'machine pop.example.org login joe@example.org password secret'
	printf '%s\n' "$example" >commands
	run --separate-stderr "${own_net[@]}" sh net 3>&-
	[ "$status" -ne 97 ] || skip 'a network of its own cannot be set up'
	[ "$status" -eq 0 ] || fail "$stderr"
	assert_output_empty
	same_mail mail "$HOME/Maildir"
}

@test "from nothing to the first mails in two commands" {
	"${own_net[@]}" true 2>/dev/null ||
	    skip 'a network of its own needs rights that we do not have'
	certificates
	programs
	"$mkmail" -s 81 -n 2 -f plain -e mail wire
	echo 'pop.example.org A 127.0.0.1' >names
	echo 'nameserver 127.0.0.1' >resolv.conf
	echo 'hosts: dns' >nsswitch.conf
	cat >net <<-END
	trap 'kill \$servers' EXIT
	ip link set lo up || exit 97
	for f in resolv.conf nsswitch.conf; do
		mount --bind "\$f" "/etc/\$f" || exit 97
	done
	'$builddir/t/lib/dnsd' names ready &
	servers=\$!
	'$builddir/t/server/popd' --port 995 --port-file port --tls implicit \
	    --cert certs/org.pem --key certs/server.key --max-seconds 600 \
	    --user joe@example.org --pass secret --wire --mail wire >/dev/null &
	servers="\$servers \$!"
	for try in \$(seq 3000); do
		[ ! -e ready ] || [ ! -s port ] || break
		sleep 0.02
	done
	cd "$HOME"
	PATH=$top/bin:\$PATH SSL_CERT_FILE=$certs/ca.pem sh -e '$top/commands'
	END
	example popfetch.1 'popfetch --configure joe@example.org'
	from_nothing
	example README.md 'popfetch --configure joe@example.org'
	from_nothing
}

# --- popfetch-journal(5)

# journal: that of $example, with its lines whole.
journal()
{
	sed ':a; / \\$/{N; s/\\\n *//; ba}' <<<"$example" |
	    in_file .local/state/popfetch/joe@pop.example.org.journal
}

@test "the journals are right, and say what the manual says" {
	certificates
	mkdir wire
	printf 'Subject: 1\r\n\r\n%0596d\r\n' 0 >wire/1
	printf 'Subject: 2\r\n\r\n%0918d\r\n' 0 >wire/2
	printf '%s\n' '1 UID1-59' '2 UID2-59' >uids
	popd_start --tls implicit --cert certs/org.pem --key certs/server.key \
	    --user joe --pass secret --wire --mail wire --uids uids
	dovecot_tls_port=$port programs
	in_file .popfetchrc \
	    'poll pop.example.org plugin "nc %h %p" user joe password secret'

	example popfetch-journal.5 '911b9166 5 D 3'
	journal
	run -0 at_home 'popfetch --list'
	[ "$output" = "1	UID1-59	612	seen
2	UID2-59	934	unproven" ] || fail "$output"

	rm wire/1
	example popfetch-journal.5 '6bd30ea8 2 T 41'
	journal
	run -0 at_home 'popfetch --list'
	[ "$output" = "1	UID2-59	934	failed" ] || fail "$output"
	example popfetch-journal.5 'grep -c '
	run -0 at_home "cd .local/state/popfetch; ${example#$ }"
	[ "$output" = 1 ]
}

# --- README.md

# It installs nothing and builds nothing here: what it would is stubs.
@test "./bootstrap demo fetches seven messages, check reports" {
	mkdir -p tree/t/lib tree/build/t/server stubs
	cp "$srcdir/bootstrap" tree
	cp -R "$srcdir/t/demo" tree/t
	cp "$srcdir/t/lib/tls.bash" tree/t/lib
	cp "$popfetch_bin" tree/build
	cp "$builddir/t/server/popd" tree/build/t/server
	: >tree/build/Makefile
	chmod -R u+w tree
	touch -d yesterday tree/configure.ac tree/Makefile.am
	printf '#!/bin/sh\n' >tree/configure
	: >tree/Makefile.in
	printf '#!/bin/sh\necho install ok installed\n' >stubs/dpkg-query
	cat >stubs/make <<-'END'
	#!/usr/bin/env bash
	echo "make $*" >>made
	case $* in
	*check) echo ':test-result: PASS 1' | tee build/t/1.trs >build/t/1.log ;;
	esac
	END
	printf '#!/bin/sh\nexit 99\n' >stubs/apt-get
	chmod 755 stubs/* tree/configure
	example README.md './bootstrap demo '
	PATH=$top/stubs:$PATH run -0 sh -ec "cd tree; $example"
	assert_says '^7 messages are in demo/Maildir/new' '^1 passed, 0 failed$'
	[ "$(mail_count tree/demo/Maildir)" -eq 7 ]
	printf 'make %s\n' '-s -C build popfetch t/server/popd' \
	    '-s -C build all' '-C build -k check' >want
	sed 's/ -j[0-9]*//' tree/made | diff want -
}
