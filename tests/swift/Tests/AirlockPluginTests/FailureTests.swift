import UIKit
import XCTest

@testable import AirlockCore
@testable import AirlockPlugin
@testable import Capacitor

/// Pages that do not work: what counts as evidence, and what is shown then.
final class FailureTests: XCTestCase {
    /// 2.0.0 runs on trial, in front.
    private func onTrial(_ settings: [String: Any] = [:]) throws -> Phone {
        let phone = try Phone(self, settings)
        try phone.open()
        XCTAssertEqual(phone.call("sync").data.text("result"), "staged")
        phone.waitForPage { phone.leave() }
        XCTAssertEqual(phone.served, "2.0.0")
        return phone
    }

    private func error(_ code: Int, _ url: String) -> NSError {
        let failing = URL(string: url) as Any
        return NSError(domain: NSURLErrorDomain, code: code, userInfo: [NSURLErrorFailingURLErrorKey: failing])
    }

    private func provisionalFailure(_ phone: Phone, _ error: NSError) {
        phone.webView.navigationDelegate?.webView(
            phone.webView, didFailProvisionalNavigation: nil, withError: error)
    }

    func test_a_trial_that_says_nothing_is_rolled_back_and_told_once() throws {
        let phone = try onTrial(["appReadyTimeout": 1000])
        phone.waitForPage { phone.becomeActive() }
        XCTAssertEqual(phone.served, "1.0.0")
        let failed = phone.hear("updateFailed")
        XCTAssertEqual(failed.text("code"), "bundle_failed")
        XCTAssertEqual(failed.text("phase"), "trial")
        let kept = phone.call("getFailures").data["failures"] as? [[String: Any]] ?? []
        XCTAssertEqual(kept.compactMap { $0.text("version") }, ["2.0.0"])
        XCTAssertEqual(kept.first?.text("code"), "bundle_failed")
        XCTAssertEqual(phone.call("getFailedUpdate").data.object("bundle").text("status"), "error")
        XCTAssertTrue(phone.call("getFailedUpdate").data.isEmpty)
    }

    func test_a_trial_whose_process_ends_in_front_is_rolled_back() throws {
        let phone = try onTrial()
        phone.becomeActive()
        phone.waitForPage { phone.webView.navigationDelegate?.webViewWebContentProcessDidTerminate(phone.webView) }
        XCTAssertEqual(phone.served, "1.0.0")
        XCTAssertEqual(phone.handler.seen, [], "Capacitor does not load the dead page again")
    }

    func test_a_process_that_ends_in_the_background_says_nothing_about_the_bundle() throws {
        let phone = try onTrial()
        phone.webView.navigationDelegate?.webViewWebContentProcessDidTerminate(phone.webView)
        phone.waitUntil { phone.handler.seen == ["terminated"] }
        XCTAssertEqual(phone.served, "2.0.0")
        XCTAssertEqual(phone.call("current").data.object("bundle").text("status"), "pending")
    }

    func test_a_confirmed_page_that_dies_is_capacitors_to_load_again() throws {
        let phone = try Phone(self)
        try phone.open()
        phone.webView.navigationDelegate?.webViewWebContentProcessDidTerminate(phone.webView)
        phone.waitUntil { phone.handler.seen == ["terminated"] }
        XCTAssertEqual(phone.served, "1.0.0")
    }

    func test_a_page_that_does_not_load_is_evidence_and_a_load_that_was_called_off_is_none() throws {
        let phone = try onTrial()
        phone.becomeActive()
        provisionalFailure(phone, error(NSURLErrorCancelled, "capacitor://localhost/"))
        provisionalFailure(phone, error(NSURLErrorCannotOpenFile, "https://elsewhere.example/"))
        phone.settle()
        XCTAssertEqual(phone.served, "2.0.0")
        phone.waitForPage { provisionalFailure(phone, error(NSURLErrorCannotOpenFile, "capacitor://localhost/")) }
        XCTAssertEqual(phone.served, "1.0.0")
        XCTAssertEqual(phone.handler.seen.count, 3, "Capacitor hears of each")
    }

    func test_time_that_the_system_grants_in_the_background_is_given_back() throws {
        let phone = try onTrial()
        phone.waitUntil { UIApplication.shared.backgroundTasks.isEmpty }
    }
}

extension Phone {
    /// Runs the main queue until `condition` holds; fails after a minute.
    func waitUntil(_ condition: @escaping () -> Bool) {
        let limit = Date(timeIntervalSinceNow: 60)
        while !condition(), Date() < limit {
            RunLoop.main.run(mode: .default, before: Date(timeIntervalSinceNow: 0.01))
        }
        XCTAssertTrue(condition())
    }
}
