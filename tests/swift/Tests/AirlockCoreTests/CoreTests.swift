import XCTest

@testable import AirlockCore

final class CoreTests: XCTestCase {
    private let app = URL(string: "capacitor://localhost")!
    private let fixture = URL(fileURLWithPath: ProcessInfo.processInfo.environment["AIRLOCK_FIXTURE"] ?? "/nowhere")

    /// Node runs what is written here (launch-script.test.mjs).
    func test_the_scripts_that_pages_get() throws {
        let tokens = ["plain": "0a1b2c", "hostile": "\"); alert('x'); //\u{2028}</script>\\"]
        for (name, token) in tokens {
            let source = LaunchScript.source(token: token, appURL: app)
            XCTAssertTrue(source.hasPrefix(LaunchScript.mark))
            try Data(source.utf8).write(to: fixture.appendingPathComponent("launch-\(name).js"))
            try Data(token.utf8).write(to: fixture.appendingPathComponent("launch-\(name).token"))
        }
    }

    func test_only_a_page_of_the_app_that_failed_by_itself_is_evidence() {
        func reason(_ domain: String, _ code: Int, _ url: String?) -> String? {
            let info = url.map { [NSURLErrorFailingURLErrorKey: URL(string: $0) as Any] } ?? [:]
            return PageFault.reason(NSError(domain: domain, code: code, userInfo: info), appURL: app)
        }
        XCTAssertNotNil(reason(NSURLErrorDomain, NSURLErrorCannotOpenFile, "capacitor://localhost/a"))
        XCTAssertNotNil(reason(NSCocoaErrorDomain, 260, "CAPACITOR://LOCALHOST/"))
        XCTAssertNil(reason(NSURLErrorDomain, NSURLErrorCancelled, "capacitor://localhost/a"))
        XCTAssertNil(reason("WebKitErrorDomain", 102, "capacitor://localhost/a"))
        XCTAssertNil(reason(NSURLErrorDomain, NSURLErrorTimedOut, "https://localhost/a"))
        XCTAssertNil(reason(NSURLErrorDomain, NSURLErrorTimedOut, nil))
    }

    func test_a_folder_for_the_store_is_made_and_looked_at() throws {
        let library = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: library) }
        let store = StoreFolder(library: library)
        XCTAssertEqual(store.access(), .readable, "nothing there locks nothing")
        try store.prepare()
        try store.prepare()
        XCTAssertEqual(store.url.lastPathComponent, "airlock")
        try Data().write(to: store.url.appendingPathComponent("state.a"))
        XCTAssertEqual(store.access(), .readable)
        let link = store.url.appendingPathComponent("state.b")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "state.b")
        XCTAssertEqual(store.access(), .locked)
    }

    func test_the_privacy_manifest_is_a_property_list_that_declares_three_interfaces_and_no_tracking() throws {
        let repository = fixture.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = repository.appendingPathComponent("ios/Sources/AirlockPlugin/PrivacyInfo.xcprivacy")
        let list = try PropertyListSerialization.propertyList(from: Data(contentsOf: file), format: nil)
        let manifest = try XCTUnwrap(list as? [String: Any])
        XCTAssertEqual(manifest["NSPrivacyTracking"] as? Bool, false)
        XCTAssertEqual((manifest["NSPrivacyAccessedAPITypes"] as? [[String: Any]])?.count, 3)
    }
}
