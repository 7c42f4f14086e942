import XCTest

@testable import AirlockCore

final class CoreTests: XCTestCase {
    private let app = URL(string: "capacitor://localhost")!
    private let fixture = Life.fixture

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

    func test_the_privacy_manifest_declares_three_interfaces_with_their_reasons_and_no_tracking() throws {
        let sources = Life.repository.appendingPathComponent("ios/Sources")
        let file = sources.appendingPathComponent("AirlockPlugin/PrivacyInfo.xcprivacy")
        let list = try PropertyListSerialization.propertyList(from: Data(contentsOf: file), format: nil)
        let manifest = try XCTUnwrap(list as? [String: Any])
        XCTAssertEqual(manifest["NSPrivacyTracking"] as? Bool, false)
        let declared = manifest["NSPrivacyAccessedAPITypes"] as? [[String: Any]] ?? []
        let reasons = declared.map { entry in
            [entry.text("NSPrivacyAccessedAPIType") ?? ""] + (entry["NSPrivacyAccessedAPITypeReasons"] as? [String] ?? [])
        }
        let category = "NSPrivacyAccessedAPICategory"
        XCTAssertEqual(
            reasons.sorted { $0[0] < $1[0] },
            [["\(category)DiskSpace", "E174.1"], ["\(category)FileTimestamp", "C617.1"], ["\(category)SystemBootTime", "35F9.1"]])
        // The other two categories that Apple asks reasons for.
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
        let swift = try XCTUnwrap(files).filter { $0.pathExtension == "swift" }
        XCTAssertGreaterThan(swift.count, 10)
        for file in swift {
            let text = try String(contentsOf: file, encoding: .utf8)
            XCTAssertFalse(text.contains("UserDefaults") || text.contains("activeInputModes"), file.lastPathComponent)
        }
    }
}
