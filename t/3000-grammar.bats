# The run-control file: fetchmail's language read as fetchmail reads it, what is
# refused and how, and where popfetch's is wider.

load lib/common.bash

# A corpus as the user's own files, in the current directory.
corpus()
{
	cp -R "$srcdir/t/rc/$1/." .
	chmod -R u+rwX,go= .
}

need_fetchmail()
{
	command -v fetchmail >/dev/null || skip 'fetchmail is not installed'
	perl -MJSON::PP -e1 2>/dev/null || skip 'perl has no JSON::PP'
	# It believes LOGNAME only for the user's own name.
	USER=$(id -un) LOGNAME=$USER
}

# same_as_fetchmail FILE [ACCOUNT]...
same_as_fetchmail()
{
	local file=$1

	shift
	fetchmail -f "$file" --configdump "$@" >dump 2>errors ||
	    fail "fetchmail does not read $file:" "$(cat errors)"
	popfetch -f "$file" --show-config --show-secrets --json "$@" \
	    >json || fail "popfetch does not read $file"
	"$srcdir/t/lib/rc-compare" dump json ||
	    fail "$file: what fetchmail has, not what popfetch has"
}

# Findings without what depends on who runs the test.
findings()
{
	popfetch -f "$1" --check-config | grep -v 'not run as root'
}

# $output is that file, with this test's directory for TOP.
assert_same()
{
	sed "s|TOP|$top|g" "$1" >wanted
	diff wanted <(printf '%s\n' "$output") || fail "$1"
}

@test "fetchmail's files mean the same accounts and values as in fetchmail" {
	local f

	need_fetchmail
	corpus same
	for f in *.rc; do
		same_as_fetchmail "$f"
	done
}

# active FILE [ACCOUNT]...: the labels of the accounts to poll.
active()
{
	local file=$1

	shift
	popfetch -f "$file" --show-config --json "$@" >json
	sed -n 's/^{"label":"\([^"]*\)","active":true.*/\1/p' json | xargs
}

@test "accounts are chosen by label or aka, and skipped ones only so" {
	corpus same
	[ "$(active users.rc u13)" = u13 ]
	[ "$(active users.rc u14 u2)" = 'u2 u14 u2' ]
	[ "$(active values.rc three v1)" = 'v1 v9' ]
	[ "$(active values.rc poll)" = v10 ]
	[ "$(active merge.rc)" = 'm1 m2 m3 m4 m5 m6 m6 m6 m8' ]
	# aka is nothing that defaults could say for all.
	run -64 popfetch -f merge.rc --show-config never
}

@test "the comparison notices a difference" {
	corpus same
	need_fetchmail
	fetchmail -f usual.rc --configdump >dump 2>errors
	popfetch -f usual.rc --show-config --show-secrets --json >json
	sed -i 's/"keep":true/"keep":false/' json
	run -1 "$srcdir/t/lib/rc-compare" dump json
	[ "$output" = 'mail.example.net joe: keep: 1, not 0' ]
}

@test "every keyword is in the corpus" {
	local word rest words=''

	while read -r word rest; do
		[[ $word != --* ]] || break
		grep -rqE "(^|[^[:alnum:]_-])$word([^[:alnum:]_-]|\$)" \
		    "$srcdir/t/rc" --include='*.rc' --include='*.inc' ||
		    words+=" $word"
	done < <(popfetch --help-keywords)
	[ -z "$words" ] || fail "not there:$words"
}

@test "what fetchmail knows and popfetch does not do gets its own sentence" {
	local f

	corpus refused
	if command -v fetchmail >/dev/null; then
		for f in words more others names protocols; do
			fetchmail -f $f.rc --configdump >dump 2>errors ||
			    fail "$f" "$(cat errors)"
		done
	fi
	for f in *.rc; do
		run -78 popfetch -f "$f" --check-config
		never grep -q 'unknown' <<<"$output"
	done
	# Each entry has its error, and no error is for anything else.
	for f in words more others names ours; do
		run -78 popfetch -f $f.rc --check-config
		[ "$(grep -c '^poll' $f.rc)" -eq "$(grep -o '^[^ ]*: error' \
		    <<<"$output" | cut -d: -f2 | sort -u | wc -l)" ]
	done
}

@test "mistakes are told with place, line, caret and the next step" {
	local f

	corpus wrong
	for f in *.rc; do
		findings "$f" >found
		diff "${f%.rc}.txt" found || fail "$f"
	done
}

@test "a fetch tells all errors of the file, and shows no password" {
	corpus wrong
	run -78 --separate-stderr popfetch -f usual.rc
	[ -z "$output" ]
	[ "$(grep -c '^popfetch: usual.rc:' <<<"$stderr")" -eq 12 ]
	never grep -q 'hunter' <<<"$stderr"
}

@test "sizes, ages, quotes, both forms of no, =, ~ and a byte order mark" {
	corpus wider
	run -0 popfetch -f forms.rc --show-config --json
	assert_same "$srcdir/t/rc/wider/forms.json"
}

@test "files are included in order, each with its own directory" {
	corpus wider
	run -0 popfetch -f include.rc --show-config --json
	assert_same "$srcdir/t/rc/wider/include.json"
	# From another directory it is the same.
	cd /
	run -0 popfetch -f "$top/include.rc" --show-config --json
	cd "$top"
	assert_same "$srcdir/t/rc/wider/include.json"
	cp include.rc from-stdin
	run -0 "$popfetch_bin" -f - --show-config --json <from-stdin
	assert_same "$srcdir/t/rc/wider/include.json"
}

@test "an included file that others can change or read is refused" {
	corpus wider
	chmod 622 parts/20.rc
	run -78 popfetch -f include.rc --check-config
	assert_says 'include.rc:3:9: error: parts/20.rc: can be changed by' \
	    'others; chmod go-w parts/20.rc'
	chmod 644 parts/20.rc
	run -0 popfetch -f include.rc --show-config
	echo 'poll x password y maildir z' >>parts/20.rc
	run -78 popfetch -f include.rc --check-config
	assert_says 'parts/20.rc: holds a password and is open to others;' \
	    '; chmod 600 parts/20.rc'
	chmod 600 parts/20.rc
	chmod 644 include.rc
	run -0 popfetch -f include.rc --show-config
}

@test "files that include themselves, or are not there, are told" {
	echo 'include b.rc' >a.rc
	echo 'include a.rc' >b.rc
	run -78 popfetch -f a.rc --check-config
	assert_says 'includes itself'
	echo 'include none.rc poll a maildir x' >c.rc
	run -78 popfetch -f c.rc --check-config
	assert_says "c.rc:1:9: error: none.rc: No such file"
	echo 'include . poll a maildir x' >c.rc
	run -78 popfetch -f c.rc --check-config
	assert_says 'c.rc:1:9: error: [.]: not a regular file'
	echo 'include "none*.rc" poll a maildir x' >c.rc
	run -0 popfetch -f c.rc --show-config
	# An error of an included file has its name.
	mkdir d
	echo 'include d/e.rc' >c.rc
	printf 'poll a\n  sssl' >d/e.rc
	run -78 popfetch -f c.rc
	assert_says 'popfetch: d/e.rc:2:3: unknown keyword .sssl.'
}

@test "what --show-config prints means the same again" {
	local f

	corpus same
	corpus wider
	for f in *.rc; do
		popfetch -f "$f" --show-config --show-secrets >first
		chmod 600 first
		popfetch -f first --show-config --show-secrets >second
		diff first second || fail "$f"
		popfetch -f "$f" --show-config --show-secrets \
		    --json >first.json
		popfetch -f first --show-config --show-secrets \
		    --json >second.json
		diff first.json second.json || fail "$f"
	done
}

@test "a directory that cannot be read is not one without files" {
	[ "$(id -u)" -ne 0 ] || skip 'root reads everything'
	mkdir d
	echo 'include d/*.rc poll a keep ssl maildir m' >a.rc
	run -0 popfetch -f a.rc --check-config
	chmod 0 d
	run -78 popfetch -f a.rc --check-config
	chmod 700 d
	assert_says 'a.rc:1:9: error: d/[*].rc: cannot be read'
}
