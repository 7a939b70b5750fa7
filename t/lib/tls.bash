# A certificate authority and server certificates for the tests and the demo,
# made once and reused: tls_certs DIR puts into DIR
#
#	ca.pem		the authority, for sslcertfile
#	server.key	the key of all the certificates below
#	good.pem	localhost, 127.0.0.1, ::1
#	wrongname.pem	pop.wrong.example only
#	expired.pem	good until 2021
#	future.pem	good from 2090
#	selfsigned.pem	for localhost, but signed by nobody
#
# The dates need openssl-ca(1): openssl-x509(1) learned them in 3.4 only.

tls_certs()
{
	local dir=$1

	mkdir -p "$(dirname "$dir")"
	(
		flock 9
		# By this very text: times of files may be wrong.
		! cmp -s "${BASH_SOURCE[0]}" "$dir/made" || exit 0
		rm -rf "$dir"
		umask 022
		mkdir -p "$dir"
		(cd "$dir" && tls_make) >"$dir/log" 2>&1 || {
			cat "$dir/log" >&2
			exit 1
		}
		cp "${BASH_SOURCE[0]}" "$dir/made"
	) 9>"$dir.lock"
}

tls_make()
{
	local ours='DNS:localhost,IP:127.0.0.1,IP:::1'
	local past=20200101000000Z far=20890101000000Z

	tls_config >ca.cnf && : >index &&
	    tls_key ca.key && tls_key server.key &&
	    tls_self ca v3_ca &&
	    tls_sign good $past $far "$ours" &&
	    tls_sign wrongname $past $far DNS:pop.wrong.example &&
	    tls_sign expired $past 20210101000000Z "$ours" &&
	    tls_sign future 20900101000000Z 20910101000000Z "$ours" &&
	    tls_section selfsigned "$ours" &&
	    tls_self selfsigned v3_selfsigned
}

tls_key()
{
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	    -out "$1"
}

# tls_self NAME SECTION
tls_self()
{
	local key=server.key

	[ ! -e "$1.key" ] || key=$1.key
	openssl req -new -x509 -config ca.cnf -extensions "$2" -days 3650 \
	    -key "$key" -subj "/CN=$1.test" -out "$1.pem"
}

# tls_sign NAME FROM TO ALTERNATIVE-NAMES
tls_sign()
{
	tls_section "$1" "$4" &&
	    openssl req -new -config ca.cnf -key server.key \
	    -subj "/CN=$1.test" -out "$1.csr" &&
	    openssl ca -batch -notext -config ca.cnf -extensions "v3_$1" \
	    -startdate "$2" -enddate "$3" -in "$1.csr" -out "$1.pem" &&
	    rm "$1.csr"
}

# tls_section NAME ALTERNATIVE-NAMES
tls_section()
{
	cat >>ca.cnf <<-END
	[v3_$1]
	basicConstraints = CA:FALSE
	keyUsage = digitalSignature
	extendedKeyUsage = serverAuth
	subjectKeyIdentifier = hash
	subjectAltName = $2
	END
}

tls_config()
{
	cat <<-'END'
	[req]
	distinguished_name = dn
	[dn]
	[ca]
	default_ca = test_ca
	[test_ca]
	database = index
	new_certs_dir = .
	certificate = ca.pem
	private_key = ca.key
	rand_serial = yes
	default_md = sha256
	policy = any
	[any]
	commonName = supplied
	[v3_ca]
	basicConstraints = critical,CA:TRUE
	keyUsage = critical,keyCertSign
	subjectKeyIdentifier = hash
	END
}
