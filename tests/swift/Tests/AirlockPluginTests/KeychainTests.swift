import Security
import XCTest

@testable import AirlockCore
@testable import AirlockPlugin

/// Small values in the keychain. The keychain is a stand-in; what is asked of it is what ships.
final class KeychainTests: XCTestCase {
    private let app = "com.example.\(UUID().uuidString)"
    private var store: KeychainStore { KeychainStore(app: app) }

    private func kept(_ key: String) -> [String: Any]? {
        StandInKeychain.shared.attributes(service: "dev.airlock.\(app)", account: key)
    }

    func test_a_value_is_written_replaced_and_removed() throws {
        XCTAssertNil(try store.read(key: "device-id"))
        try store.write(key: "device-id", value: Data("one".utf8))
        XCTAssertEqual(try store.read(key: "device-id"), Data("one".utf8))
        try store.write(key: "device-id", value: Data("two".utf8))
        XCTAssertEqual(try store.read(key: "device-id"), Data("two".utf8))
        XCTAssertNil(try store.read(key: "another"))
        XCTAssertNil(try KeychainStore(app: "com.example.other").read(key: "device-id"), "each app has its own")
        try store.remove(key: "device-id")
        XCTAssertNil(try store.read(key: "device-id"))
        try store.remove(key: "device-id")
    }

    func test_a_value_goes_to_no_other_device_and_can_be_read_in_a_locked_pocket() throws {
        for value in ["first", "replaced"] {
            try store.write(key: "device-id", value: Data(value.utf8))
            let protection = kept("device-id")?["pdmn"] as? String
            XCTAssertEqual(protection, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly as String, value)
        }
        try store.remove(key: "device-id")
    }

    func test_two_writers_at_once_leave_one_value() throws {
        let (store, app) = (store, app)
        StandInKeychain.shared.beforeNextAdd {
            try? KeychainStore(app: app).write(key: "device-id", value: Data("other".utf8))
        }
        try store.write(key: "device-id", value: Data("mine".utf8))
        XCTAssertEqual(try store.read(key: "device-id"), Data("mine".utf8))
    }

    func test_before_the_first_unlock_nothing_can_be_had_and_nothing_is_lost() throws {
        try store.write(key: "device-id", value: Data("one".utf8))
        StandInKeychain.shared.setLocked(true)
        defer { StandInKeychain.shared.setLocked(false) }
        let calls: [() throws -> Void] = [
            { _ = try self.store.read(key: "device-id") }, { _ = try self.store.read(key: "absent") },
            { try self.store.write(key: "device-id", value: Data("two".utf8)) },
            { try self.store.remove(key: "device-id") },
        ]
        for call in calls {
            XCTAssertThrowsError(try call()) {
                XCTAssertEqual(Rejection($0).code, "storage_failure")
                XCTAssertTrue(Rejection($0).message.contains("locked"), Rejection($0).message)
            }
        }
        StandInKeychain.shared.setLocked(false)
        XCTAssertEqual(try store.read(key: "device-id"), Data("one".utf8))
    }

    func test_the_plugin_keeps_the_device_id_there_and_does_without_while_it_is_locked() throws {
        let kept = KeychainStore(app: "dev.airlock.example")
        try kept.remove(key: "device-id")
        let phone = try Phone(self)
        try phone.open()
        StandInKeychain.shared.setLocked(true)
        defer { StandInKeychain.shared.setLocked(false) }
        XCTAssertEqual(phone.call("sync").data.text("result"), "staged")
        StandInKeychain.shared.setLocked(false)
        XCTAssertNil(try kept.read(key: "device-id"))
        XCTAssertEqual(phone.call("sync").code, "resolved")
        let id = try XCTUnwrap(kept.read(key: "device-id"))
        XCTAssertEqual(id.count, 32)

        let reinstalled = try Phone(self)
        try reinstalled.open()
        XCTAssertEqual(reinstalled.call("sync").code, "resolved")
        XCTAssertEqual(try kept.read(key: "device-id"), id, "what the keychain holds is what counts")
    }

    func test_an_identity_is_handed_over_only_where_one_is_configured() throws {
        let cases: [([String: Any], Bool)] = [
            ([:], false), (["clientIdentity": ["alias": "mine"]], true), (["clientIdentity": "mine"], true),
        ]
        for (settings, expected) in cases {
            let phone = try Phone(self, settings)
            try phone.open()
            let place = phone.plugin.place(phone.bridge)
            let parts = place.parts(page: BridgePage(bridge: phone.bridge, embedded: phone.embedded))
            XCTAssertEqual(parts.clientIdentity is KeychainIdentity, expected, "\(settings)")
            XCTAssertTrue(parts.secureStore is KeychainStore)
        }
    }
}
