#!/usr/bin/env bats
# The house keeps its shape: layers, sizes, the few places where things may stand.

setup() {
	cd "$srcdir"
}

# The layers that a layer may include, itself among them.
allowed() {
	case $1 in
	base) echo base ;;
	conf) echo base conf ;;
	pop3) echo base pop3 ;;
	net) echo base pop3 net ;;
	mail) echo base mail ;;
	esac
}

@test "no layer includes upward" {
	local layer file inc bad=""
	for layer in base conf pop3 net mail; do
		for file in src/"$layer"/*.[ch]; do
			while read -r inc; do
				case " $(allowed "$layer") " in
				*" $inc "*) ;;
				*) bad+="$file includes $inc/"$'\n' ;;
				esac
			done < <(sed -n 's,^#include "\([a-z0-9]*\)/.*,\1,p' "$file")
		done
	done
	printf '%s' "$bad"
	[ -z "$bad" ]
}

@test "only tls and digest include OpenSSL" {
	local f
	while read -r f; do
		case $f in
		src/base/digest.c | src/net/tls*.[ch]) ;;
		*) echo "$f"; return 1 ;;
		esac
	done < <(grep -rl 'openssl/' src)
}

@test "only file.c syncs, renames and links" {
	run grep -nE '\b(fsync|fdatasync|syncfs|rename|renameat|renameat2|link|linkat) *\(' -r src --include=*.c
	while IFS= read -r line; do
		case $line in
		src/base/file.c:* | "") ;;
		*) echo "$line"; return 1 ;;
		esac
	done <<<"$output"
}

@test "no file has more than 600 lines" {
	run awk 'FNR == 601 { print FILENAME }' src/*.c src/*/*.[ch] t/*/*.[ch]
	echo "$output"
	[ -z "$output" ]
}

# A function begins at "{" in the first column and ends at "}" there.
@test "no function has more than 80 lines" {
	run awk 'FNR == 1 { from = 0 }
		/^\{/ { from = FNR }
		/^\}/ { if (from && FNR - from > 80)
				print FILENAME ":" from; from = 0 }' \
		src/*.c src/*/*.c t/*/*.c
	echo "$output"
	[ -z "$output" ]
}

@test "nothing but the standard descriptors' owners prints" {
	run grep -nE '\b(printf|fprintf|puts|fputs|perror|warnx?|errx?) *\(' -r src/pop3 src/net src/mail --include=*.c
	echo "$output"
	[ -z "$output" ]
}

@test "manual pages have no fault that mandoc knows" {
	command -v mandoc
	run mandoc -Tlint -Wwarning doc/*.[1-9]
	echo "$output"
	[ "$status" -eq 0 ]
}
