import Security
import XCTest

@testable import AirlockCore
@testable import AirlockPlugin

/// The client's certificate: what the plugin makes of the keychain's answers. The keys are real ones of OpenSSL's.
final class IdentityTests: XCTestCase {
    private let label = "device \(UUID().uuidString)"

    override func tearDown() { StandInKeychain.shared.put(nil, label: label) }

    private func identity() throws -> KeychainIdentity { try XCTUnwrap(KeychainIdentity(.label(label))) }

    private func put(_ key: SecKey, _ certificate: SecCertificate = SecCertificate(data: Data("leaf".utf8))) {
        StandInKeychain.shared.put(SecIdentity(certificate: certificate, key: key), label: label)
    }

    private func key(_ type: CFString, _ bits: Int) -> SecKey { SecKey(type: type, bits: bits) { _, _ in nil } }

    private func fails(_ word: String, _ call: @autoclosure () throws -> Any) {
        XCTAssertThrowsError(try call()) {
            XCTAssertEqual(Rejection($0).code, "download_failed")
            XCTAssertTrue(Rejection($0).message.contains(word), Rejection($0).message)
        }
    }

    func test_a_key_offers_what_tls_lets_it_sign() throws {
        let curves: [(Int, [SignatureScheme])] = [
            (256, [.ecdsaP256Sha256]), (384, [.ecdsaP384Sha384]), (521, [.ecdsaP521Sha512]),
        ]
        for (bits, schemes) in curves {
            put(key(kSecAttrKeyTypeECSECPrimeRandom, bits))
            XCTAssertEqual(try identity().schemes(), schemes)
        }
        put(key(kSecAttrKeyTypeRSA, 2048))
        XCTAssertEqual(
            try identity().schemes(),
            [.rsaPssSha256, .rsaPssSha384, .rsaPssSha512, .rsaPkcs1Sha256, .rsaPkcs1Sha384, .rsaPkcs1Sha512])
        for weak in [key(kSecAttrKeyTypeRSA, 1024), key(kSecAttrKeyTypeECSECPrimeRandom, 192), key("99", 256)] {
            put(weak)
            fails("no way that TLS knows", try identity().schemes())
        }
    }

    func test_the_certificate_comes_first_and_its_issuers_after_it() throws {
        let root = SecCertificate(data: Data("root".utf8))
        let issuer = SecCertificate(data: Data("issuer".utf8), issuer: root)
        put(key(kSecAttrKeyTypeRSA, 2048), SecCertificate(data: Data("leaf".utf8), issuer: issuer))
        XCTAssertEqual(try identity().certificates(), ["leaf", "issuer", "root"].map { Data($0.utf8) })
    }

    func test_what_cannot_be_had_ends_the_connection_with_a_reason() throws {
        fails("there is no such item", try identity().certificates())
        fails(label, try identity().schemes())
        put(key(kSecAttrKeyTypeECSECPrimeRandom, 256))
        XCTAssertEqual(try identity().certificates().count, 1)
        fails("did not sign: the keychain is locked", try identity().sign(scheme: .ecdsaP256Sha256, message: Data()))
        fails("does not sign with", try identity().sign(scheme: .ed25519, message: Data()))
        StandInKeychain.shared.setLocked(true)
        defer { StandInKeychain.shared.setLocked(false) }
        fails("locked", try identity().certificates())
    }

    func test_a_configuration_that_names_no_identity_is_never_taken_for_none() throws {
        func of(_ section: Any?) -> ConfiguredIdentity {
            ConfiguredIdentity(plugins: section.map { ["Airlock": $0] } ?? [:])
        }
        XCTAssertEqual(of(nil), .none)
        XCTAssertEqual(of([String: Any]()), .none)
        XCTAssertEqual(of(["clientIdentity": NSNull()]), .none)
        XCTAssertEqual(of(["clientIdentity": ["alias": "mine"]]), .label("mine"))
        let peer: [AnyHashable: Any] = ["CapacitorUpdater": ["clientIdentity": ["alias": "mine"]]]
        XCTAssertEqual(ConfiguredIdentity(plugins: peer), .label("mine"))
        for wrong in ["mine", ["alias": ""], ["alias": 7], ["certificate": "a.pem", "key": "a.key"]] as [Any] {
            XCTAssertEqual(of(["clientIdentity": wrong]), .unreadable, "\(wrong)")
        }
        XCTAssertNil(KeychainIdentity(.none))
        fails("names no identity", try XCTUnwrap(KeychainIdentity(.unreadable)).certificates())
    }

    func test_a_server_that_asks_for_a_certificate_gets_it() throws {
        let made = try Certificates()
        defer { made.remove() }
        for kind in Certificates.Kind.allCases {
            let server = try made.serve(asking: true)
            defer { server.stop() }
            put(try made.key(kind), SecCertificate(data: try made.certificate(kind)))
            let outcome = try self.sync(server, made, try identity())
            XCTAssertNotEqual(outcome, "download_failed", "the handshake went well; what follows is no repository")
            XCTAssertTrue(server.said().contains("device of kind \(kind.rawValue)"), "the server saw it")
        }
    }

    func test_a_server_that_asks_is_told_why_there_is_no_certificate_and_one_that_does_not_ask_gets_none() throws {
        let made = try Certificates()
        defer { made.remove() }
        let asking = try made.serve(asking: true)
        defer { asking.stop() }
        XCTAssertEqual(try sync(asking, made, nil), "download_failed")
        let again = try made.serve(asking: true)
        defer { again.stop() }
        XCTAssertEqual(try sync(again, made, try identity()) { $0.contains("no such item") }, "download_failed")
        let silent = try made.serve(asking: false)
        defer { silent.stop() }
        XCTAssertNotEqual(try sync(silent, made, try identity()), "download_failed", "nobody asked for it")
    }

    /// The code that a sync with that server ends with: it serves no repository, so each ends with one.
    private func sync(
        _ server: Certificates.Server, _ made: Certificates, _ identity: KeychainIdentity?,
        _ says: (String) -> Bool = { _ in true }
    ) throws -> String {
        let text = try Data(contentsOf: Phone.fixture.appendingPathComponent("capacitor.config.json"))
        var config = try XCTUnwrap(JSONSerialization.jsonObject(with: text) as? [String: Any])
        var section = config.object("plugins").object("Airlock")
        section["updateUrl"] = server.url
        config["plugins"] = ["Airlock": section]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: config), as: UTF8.self)
        let state = made.folder.appendingPathComponent(UUID().uuidString)
        let public_ = Phone.fixture.appendingPathComponent("public")
        let device = Airlock(
            setup: Setup(
                stateDir: state.path, embedded: .directory(path: public_.path), configJson: json, platform: .ios,
                nativeVersion: "1.4.0"),
            events: Listener { _, _, _ in }, serverTrust: Trust(try made.serverCertificate()), clientIdentity: identity)
        device.shown(token: device.launch().token)
        do {
            return try device.sync().result
        } catch {
            XCTAssertTrue(says(Rejection(error).message), Rejection(error).message)
            return Rejection(error).code
        }
    }

    /// Trusts one server.
    private final class Trust: ServerTrust {
        private let certificate: Data
        init(_ certificate: Data) { self.certificate = certificate }

        func verify(host: String, chain: [Data]) throws {
            guard host == "127.0.0.1", chain.first == certificate else {
                throw AirlockError.Failed(code: "download_failed", reason: "another server")
            }
        }
    }
}
