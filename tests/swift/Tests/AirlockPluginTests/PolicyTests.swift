import Network
import XCTest

@testable import AirlockCore
@testable import AirlockPlugin
@testable import Capacitor

/// When something is fetched without being asked for, and when it waits.
final class PolicyTests: XCTestCase {
    private static let wifi = NWPath(isExpensive: false, isConstrained: false)

    override func tearDown() {
        NWPathMonitor.path = Self.wifi
        ProcessInfo.savesPower = false
    }

    func test_with_wifi_only_a_bundle_waits_for_a_path_that_costs_nothing() throws {
        let phone = try Phone(self, ["wifiOnly": true])
        try phone.open()
        for (isExpensive, isConstrained) in [(true, false), (false, true)] {
            NWPathMonitor.path = NWPath(isExpensive: isExpensive, isConstrained: isConstrained)
            let waits = phone.call("sync").data
            XCTAssertEqual([waits.text("result"), waits.text("reason")], ["postponed", "metered"])
            XCTAssertEqual(waits.object("bundle").text("version"), "2.0.0")
        }
        XCTAssertEqual((phone.call("getFailures").data["failures"] as? [Any])?.count, 0, "that is no failure")
        NWPathMonitor.path = Self.wifi
        ProcessInfo.savesPower = true
        XCTAssertEqual(phone.call("sync").data.text("reason"), "low-battery")
        ProcessInfo.savesPower = false
        XCTAssertEqual(phone.call("sync").data.text("result"), "staged")
    }

    func test_a_path_of_which_nothing_is_known_holds_nothing_back() throws {
        NWPathMonitor.path = nil
        let phone = try Phone(self, ["wifiOnly": true])
        try phone.open()
        XCTAssertEqual(phone.call("sync").data.text("result"), "staged")
    }

    func test_a_triggered_check_does_what_auto_update_says() throws {
        let phone = try Phone(self, ["autoUpdate": "onlyDownload"])
        let heard = expectation(description: "the bundle arrives")
        heard.assertForOverFulfill = false
        try phone.launch()
        phone.listen("updateAvailable") { _ in heard.fulfill() }
        XCTAssertEqual(phone.call("triggerUpdateCheck").data.text("status"), "queued")
        wait(for: [heard], timeout: 60)
    }

    func test_without_auto_update_there_is_nothing_to_trigger() throws {
        let phone = try Phone(self)
        try phone.open()
        XCTAssertEqual(phone.call("triggerUpdateCheck").data.text("status"), "unavailable")
    }

    func test_a_development_servers_page_triggers_nothing() throws {
        let phone = try Phone(self, ["autoUpdate": true], serverURL: URL(string: "http://localhost:5173")!)
        try phone.open()
        XCTAssertEqual(phone.call("triggerUpdateCheck").data.text("status"), "unavailable")
    }
}
