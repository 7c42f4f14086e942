import UIKit
import XCTest

@testable import AirlockCore
@testable import AirlockPlugin
@testable import Capacitor

/// What the first page is loaded from, and who gets the token.
final class LaunchTests: XCTestCase {
    func test_the_first_page_is_the_embedded_bundles_and_gets_one_token() throws {
        let phone = try Phone(self)
        try phone.launch()
        XCTAssertEqual(phone.served, "1.0.0")
        XCTAssertEqual(phone.token?.isEmpty, false)
        let scripts = phone.webView.configuration.userContentController.userScripts
        XCTAssertEqual(scripts.first?.source, "/* Capacitor */", "others' scripts stay")
        XCTAssertTrue(scripts.allSatisfy { $0.isForMainFrameOnly && $0.injectionTime == .atDocumentStart })
        XCTAssertEqual(phone.webView.loaded.count, 0, "Capacitor loads the first page itself")
        XCTAssertEqual(phone.call("current").data.text("native"), "1.4.0")
    }

    func test_an_update_is_staged_applied_in_the_background_and_confirmed_by_its_own_page_only() throws {
        let phone = try Phone(self)
        try phone.open()
        let old = try XCTUnwrap(phone.token)
        XCTAssertEqual(phone.call("notifyAppReady", ["token": old]).data.object("bundle").text("id"), "builtin")
        let synced = phone.call("sync").data
        XCTAssertEqual(synced.text("result"), "staged")
        XCTAssertEqual(phone.call("getNextBundle").data.text("version"), "2.0.0")

        phone.waitForPage { phone.leave() }
        XCTAssertEqual(phone.served, "2.0.0")
        let new = try XCTUnwrap(phone.token)
        XCTAssertNotEqual(new, old)
        phone.becomeActive()
        let outgoing = phone.call("notifyAppReady", ["token": old]).data.object("bundle")
        XCTAssertEqual(outgoing.text("status"), "pending", "an outgoing page confirms nothing (R2)")
        let incoming = phone.call("notifyAppReady", ["token": new]).data.object("bundle")
        XCTAssertEqual(incoming.text("status"), "success")
        XCTAssertEqual(phone.hear("appReady").object("bundle").text("version"), "1.0.0", "kept since the first page")

        try phone.open()
        XCTAssertEqual(phone.served, "2.0.0", "the next process starts it at once")
        XCTAssertEqual(phone.webView.loaded.count, 0)
    }

    func test_a_bundle_without_the_start_file_that_the_app_names_is_given_up_before_capacitor_would_end_the_process() throws {
        let phone = try Phone(self, startPath: "start.html")
        try Data("<title>start</title>".utf8).write(to: phone.embedded.appendingPathComponent("start.html"))
        try phone.open()
        XCTAssertEqual(phone.call("sync").data.text("result"), "staged")
        phone.waitForPage { phone.leave() }
        XCTAssertEqual(phone.served, "1.0.0")
        XCTAssertNotNil(phone.token)
        XCTAssertEqual(phone.webView.loaded.last?.url?.path, "/start.html")
        XCTAssertEqual(phone.call("getFailedUpdate").data.object("bundle").text("version"), "2.0.0")
    }

    func test_a_store_that_cannot_be_read_yet_costs_nothing_and_is_used_once_it_can() throws {
        let phone = try Phone(self)
        try phone.open()
        _ = phone.call("sync")
        phone.waitForPage { phone.leave() }
        phone.becomeActive()
        _ = phone.call("notifyAppReady", ["token": try XCTUnwrap(phone.token)])

        let away = try phone.lockStore()
        try phone.open()
        XCTAssertEqual(phone.served, "1.0.0", "the embedded bundle needs no store (R6)")
        phone.settle()
        try phone.unlockStore(away)
        phone.waitForPage { phone.post(UIApplication.protectedDataDidBecomeAvailableNotification) }
        XCTAssertEqual(phone.served, "2.0.0", "nothing was erased")
        XCTAssertEqual(phone.call("current").data.object("bundle").text("status"), "success")
    }

    func test_a_development_servers_page_is_left_alone() throws {
        let phone = try Phone(self, serverURL: URL(string: "http://192.168.0.2:5173")!)
        try phone.open()
        XCTAssertNil(phone.token)
        XCTAssertEqual(phone.call("notifyAppReady").data.object("bundle").text("id"), "builtin")
        XCTAssertEqual(phone.call("reload").code, "usage")
        XCTAssertEqual(phone.call("sync").data.text("result"), "staged", "what shows nothing works")
        phone.leave()
        phone.settle()
        XCTAssertEqual(phone.webView.loaded.count, 0)
    }

    func test_the_page_after_a_switch_hears_of_it_and_the_outgoing_one_does_not() throws {
        let phone = try Phone(self)
        try phone.open()
        phone.listen("appReloaded") { _ in XCTFail("the outgoing page heard it") }
        phone.switchPage("reload")
        XCTAssertEqual(phone.served, "1.0.0")
        XCTAssertTrue(phone.hear("appReloaded").isEmpty)
    }
}

extension Phone {
    /// As before the first unlock: the files are there, and opening them fails. Root may read everything, so links
    /// that lead nowhere stand in for them.
    func lockStore() throws -> URL {
        let away = folder.appendingPathComponent("away")
        try FileManager.default.createDirectory(at: away, withIntermediateDirectories: true)
        for name in ["state.a", "state.b"] where FileManager.default.fileExists(atPath: store.appendingPathComponent(name).path) {
            let file = store.appendingPathComponent(name)
            try FileManager.default.moveItem(at: file, to: away.appendingPathComponent(name))
            try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: name)
        }
        return away
    }

    func unlockStore(_ away: URL) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: away.path) {
            let file = store.appendingPathComponent(name)
            let kind = try FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType
            XCTAssertEqual(kind, .typeSymbolicLink, "\(name) was not touched")
            try FileManager.default.removeItem(at: file)
            try FileManager.default.moveItem(at: away.appendingPathComponent(name), to: file)
        }
    }
}
