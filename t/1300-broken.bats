# Servers that break off or send what looks like the end of a message: nothing
# is delivered in part, cut, twice, or forged; to a Maildir and to an MDA alike.

load lib/common.bash

setup()
{
	test_setup
	mkdir out
}

# An MDA that files each message in out/.
filing='f=$(mktemp out/XXXXXX) && cat >"$f"'

# rc DELIVERY: $delivered is where the messages of that account are.
rc()
{
	account "poll work via localhost port $port tls off timeout 60" \
	    "user joe password secret nokeep $1"
	delivered=out
	[ "$1" != 'maildir inbox' ] || delivered=inbox/new
}

# No message in $delivered that the server did not hold, and none twice.
assert_nothing_wrong()
{
	local extra

	[ -d "$delivered" ] || return 0
	"$mkmail" --oracle want >want.sums
	"$mkmail" --oracle "$delivered" >got.sums
	extra=$(comm -13 want.sums got.sums)
	[ -z "$extra" ] || fail 'delivered, but not what the server held:' \
	    "$extra"
}

# An MDA is not run as root, so all of this is an ordinary user's.
run_popfetch()
{
	local wanted=$1

	shift
	run --separate-stderr popfetch_user -f rc "$@"
	case $wanted in
	ok)	[ "$status" -eq 0 ] || fail "status $status" ;;
	*)	[ "$status" -ne 0 ] || fail 'status 0 after a fault' ;;
	esac
}

# cuts DELIVERY K...: the first connection ends after K octets.
cuts()
{
	local delivery=$1 k

	shift
	popfetch_copy
	"$mkmail" -s 31 -n 12 -f mixed -e want all
	for k; do
		rm -rf wire inbox out home/.local
		cp -r all wire
		mkdir out
		popd_start --tls off --user joe --pass secret --wire \
		    --mail wire --cut "$k"
		rc "$delivery"
		echo "cut after $k octets:" >&2
		run_popfetch fault
		assert_line_count 1
		assert_nothing_wrong
		assert_staging_empty inbox
		[ "$(ls wire | wc -l)" -eq 12 ]
		run_popfetch ok
		assert_output_empty
		same_mail want "$delivered"
		[ "$(ls wire | wc -l)" -eq 0 ]
		popd_stop
	done
}

@test "cut anywhere: Maildir" {
	cuts 'maildir inbox' 5 300 700 1100 2500 4000 6001 8002 9503
}

@test "cut anywhere: MDA" {
	cuts "mda '$filing'" 300 1100 2500 4000 6001 8002 9503
}

# Lines that end a message for those who take a bare LF or CR for a line end,
# and what follows them there: a message that nobody sent.
forgery()
{
	local e forged='+OK 60 octets\r\nFrom: boss@example.org\r\n'

	forged+='Subject: forged\r\n\r\npay at once\r\n'
	mkdir -p wire want
	for e in '\n.\n' '\n.\r\n' '\r\n.\n' '\r.\r' '\r.\r\n' '\r\r\n.\r\r\n' \
	    '\n.\r.\n' '\0.\r\n'; do
		n=$((${n-0} + 1))
		printf "Subject: end $n\r\n\r\nbefore$e$forged" >"wire/$n.eml"
		printf "Subject: end $n\n\nbefore$(sed 's/\\r\\n/\\n/g' \
		    <<<"$e$forged")" >"want/$n.eml"
	done
	popd_start --tls off --user joe --pass secret --wire --mail wire "$@"
}

no_forgery()
{
	popfetch_copy
	rc "$1"
	run_popfetch ok
	assert_output_empty
	same_mail want "$delivered"
	[ "$(ls wire | wc -l)" -eq 0 ]
}

@test "only CRLF.CRLF ends a message: Maildir" {
	forgery
	no_forgery 'maildir inbox'
}

@test "only CRLF.CRLF ends a message: Maildir, an octet at a time" {
	forgery --chunk 1
	no_forgery 'maildir inbox'
}

@test "only CRLF.CRLF ends a message: MDA" {
	forgery
	no_forgery "mda '$filing'"
}

@test "a message that the server refuses to hand out is told, the others arrive" {
	"$mkmail" -s 32 -n 5 -f plain -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --fail-retr 3
	popfetch_copy
	rc 'maildir inbox'
	run_popfetch fault
	assert_line_count 1
	assert_says '^popfetch: work: .*message 3|RETR 3'
	rm want/00003.eml
	same_mail want inbox
	[ -e wire/00003.eml ]
	[ "$(ls wire | wc -l)" -eq 1 ]
}

@test "QUIT refused, hanging or cut: no loss, nothing twice" {
	local how

	popfetch_copy
	"$mkmail" -s 33 -n 6 -f plain -e want all
	for how in --quit-fail --quit-drop --quit-drop-early; do
		rm -rf wire inbox home/.local
		cp -r all wire
		popd_start --tls off --user joe --pass secret --wire \
		    --mail wire $how
		rc 'maildir inbox'
		run --separate-stderr popfetch_user -f rc
		same_mail want inbox
		run --separate-stderr popfetch_user -f rc
		same_mail want inbox
		popd_stop
	done
}

@test "a size that is a lie changes nothing" {
	"$mkmail" -s 34 -n 5 -f mixed -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --size-lie 1
	popfetch_copy
	rc 'maildir inbox'
	run_popfetch ok
	same_mail want inbox
}
