# Memory does not grow with what a server sends.

load lib/common.bash

RSS_MAX=16384	# KiB, each process

setup()
{
	test_setup
	! grep -q __asan_init "$popfetch_bin" &&
	    [ -z "${POPFETCH_VALGRIND-}" ] ||
	    skip 'memory is not measured under a checker'
}

# All processes of a tree.
tree()
{
	local pid

	for pid; do
		echo "$pid"
		tree $(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
	done
}

# measured ARGUMENT...: runs popfetch; $rss is the most that any of its
# processes had in memory (KiB), $status how it ended.
measured()
{
	local pid kib

	rss=0
	popfetch_start "$@" 2>err
	while kill -0 "$popfetch_pid" 2>/dev/null; do
		for pid in $(tree "$popfetch_pid"); do
			kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' \
			    "/proc/$pid/status" 2>/dev/null) || kib=
			[ "${kib:-0}" -le "$rss" ] || rss=$kib
		done
		sleep 0.05
	done
	status=0
	wait "$popfetch_pid" || status=$?
}

# A script for popd, up to STAT.
login()
{
	cat <<-'END'
	S: +OK
	C: CAPA
	S: +OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.
	C~ USER
	S: +OK
	C~ PASS
	S: +OK
	C: STAT
	END
}

# one_message OCTETS SCRIPT: a mailbox with one message, whose body the script
# makes up.
one_message()
{
	login
	cat <<-END
	S: +OK 1 $1
	C: UIDL
	S: +OK\r\n1 big\r\n.
	C: LIST
	S: +OK\r\n1 $1\r\n.
	C: RETR 1
	S: +OK
	S: Subject: big\r\n
	$2
	S: .
	C: QUIT
	S: +OK
	END
}

# flat OCTETS-OF-THE-FILE
flat()
{
	room "$1"
	account "poll big via localhost port $port tls off timeout 300" \
	    'user joe password secret maildir inbox'
	measured -f rc
	[ "$status" -eq 0 ] || fail "status $status" "$(<err)"
	[ ! -s err ] || fail "$(<err)"
	echo "$rss KiB"
	[ "$(stat -c %s inbox/new/*)" -eq "$1" ]
	[ "$rss" -gt 0 ]
	[ "$rss" -le "$RSS_MAX" ] || fail "$rss KiB in memory"
	rm -r inbox
}

# room OCTETS: of disk.
room()
{
	local free

	free=$(df --output=avail -B1 . | tail -n 1)
	[ "$free" -gt $(($1 * 2)) ] || skip "$1 octets do not fit on this disk"
}

@test "a line of 1 GiB stays below 16 MiB a process" {
	local n=$((1024 * 1024 * 1024))

	one_message $((n + 18)) "fill $n 78"$'\nS: ' >script
	popd_start --tls off --script script
	flat $((n + 15))
}

@test "a message of 1 GiB in lines stays below 16 MiB a process" {
	local line n=$((1024 * 1024 * 16))

	line=$(printf '%062d' 0)
	line=$(printf "$line"'\\r\\n%.0s' {1..1024})
	one_message $((n * 64 + 16)) "loop $((n / 1024))"$'\nS- '"$line"$'\nend' \
	    >script
	popd_start --tls off --script script
	flat $((n * 63 + 14))
}

@test "a reply line without an end is refused, not kept" {
	printf '%s\n' 'S- +OK ' 'fill 200000000 78' >script
	popd_start --tls off --script script
	account "poll big via localhost port $port tls off timeout 300" \
	    'user joe password secret maildir inbox'
	measured -f rc
	[ "$status" -eq 76 ] || fail "status $status" "$(<err)"
	[ "$(wc -l <err)" -eq 1 ]
	[ "$rss" -le "$RSS_MAX" ] || fail "$rss KiB in memory"
}

@test "a listing of 100,000 messages stays below 64 MiB a process" {
	seq 1 100000 | sed 's/$/ 1000\r/' >list.crlf
	seq 1 100000 | sed 's/.*/& uid-of-a-usual-length-&\r/' >uidl.crlf
	{
		login
		printf '%s\n' 'S: +OK 100000 100000000' 'C: UIDL' 'S: +OK' \
		    "file $top/uidl.crlf" 'S: .' 'C: LIST' 'S: +OK' \
		    "file $top/list.crlf" 'S: .' 'C: RETR 1' \
		    'S: -ERR [SYS/TEMP] later' 'C: QUIT' 'S: +OK'
	} >script
	popd_start --tls off --script script
	account "poll big via localhost port $port tls off timeout 300" \
	    'user joe password secret maildir inbox fetchlimit 1'
	measured -f rc
	[ "$status" -eq 75 ] || fail "status $status" "$(<err)"
	[ "$rss" -le 65536 ] || fail "$rss KiB in memory"
}
