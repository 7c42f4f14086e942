import XCTest

@testable import AirlockCore

/// The edge between Swift and Rust: callbacks that throw, threads, panics.
final class BindingTests: XCTestCase {
    private struct Unforeseen: Error {}

    func test_listeners_that_throw_do_not_fail_an_update() throws {
        let errors: [Error] = [Unforeseen(), AirlockError.Failed(code: "usage", reason: "on purpose")]
        for error in errors {
            let ears = Ears(throwing: error)
            let airlock = try Life(self).ofFixture(events: ears)
            airlock.shown(token: airlock.launch().token)
            XCTAssertEqual(try airlock.sync().result, "staged")
            XCTAssertTrue(ears.names.contains("updateAvailable"))
        }
    }

    func test_events_come_on_the_thread_that_works() throws {
        let ears = Ears()
        let airlock = try Life(self).ofFixture(events: ears)
        airlock.shown(token: airlock.launch().token)
        let done = expectation(description: "synced")
        Thread.detachNewThread {
            _ = try? airlock.sync()
            done.fulfill()
        }
        wait(for: [done], timeout: 60)
        XCTAssertFalse(ears.all.isEmpty)
        XCTAssertTrue(ears.all.allSatisfy { !$0.main })
        XCTAssertEqual(ears.names.filter { $0 == "updateAvailable" }.count, 1)
    }

    func test_200_threads_ask_one_object() throws {
        let airlock = try Life(self).ofFixture()
        let token = airlock.launch().token
        let lock = NSLock()
        var answers: [String] = []
        DispatchQueue.concurrentPerform(iterations: 200) { number in
            let id: String?
            switch number % 3 {
            case 0: id = try? airlock.ready(token: token).bundle.id
            case 1: id = try? airlock.current().bundle.id
            default: id = try? airlock.list().first?.id
            }
            lock.lock()
            answers.append(id ?? "failed")
            lock.unlock()
        }
        XCTAssertEqual(answers.count, 200)
        XCTAssertEqual(Set(answers), ["builtin"])
    }

    func test_a_panic_is_the_code_internal_and_the_next_call_works() throws {
        let airlock = try Life(self).ofFixture()
        airlock.shown(token: airlock.launch().token)
        XCTAssertThrowsError(try airlock.panicInATransition()) { XCTAssertEqual(Rejection($0).code, "internal") }
        XCTAssertEqual(try airlock.current().bundle.id, "builtin")
        XCTAssertEqual(try airlock.sync().result, "staged")
    }

    func test_whatever_else_is_thrown_is_internal_and_says_nothing_of_itself() {
        XCTAssertEqual(Rejection(Unforeseen()).code, "internal")
        XCTAssertFalse(Rejection(Unforeseen()).message.contains("Unforeseen"))
        let known = Rejection(AirlockError.Failed(code: "no_space", reason: "free some"))
        XCTAssertEqual([known.code, known.message], ["no_space", "free some"])
    }

    func test_payloads_leave_out_what_is_not_there() {
        let bundle = BundleInfo(id: "a", version: "1", downloaded: "", checksum: "", status: "success", sequence: nil)
        XCTAssertEqual(Set(bundle.payload.keys), ["id", "version", "downloaded", "checksum", "status"])
        let blocked = LatestVersion(
            version: "2", kind: "blocked", sequence: 9_007_199_254_740_991, checksum: "c", error: "incompatible_native",
            message: "update the app")
        XCTAssertEqual(blocked.payload["sequence"] as? NSNumber, 9_007_199_254_740_991)
        XCTAssertEqual(blocked.payload.count, 6)
        let failed = AirlockEvent.downloadFailed(
            version: "2", code: "download_failed", reason: "why", attempt: 3, phase: "download"
        ).named
        XCTAssertEqual(failed.name, "downloadFailed")
        XCTAssertEqual(failed.payload["reason"] as? String, "why")
        XCTAssertEqual(failed.payload["attempt"] as? Int, 3)
    }
}
