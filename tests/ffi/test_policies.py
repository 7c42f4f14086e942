"""When something is fetched, and when it waits."""

import airlock_ffi as ffi
from support import Author, Case, Heard


class Told(ffi.Conditions):
    """The connection and the battery as the test tells them; `None` is not known."""

    def __init__(self, metered=False, low=False):
        self.metered, self.low = metered, low

    def is_metered(self):
        return self.known(self.metered)

    def is_low_on_power(self):
        return self.known(self.low)

    def known(self, answer):
        if answer is None:
            raise ffi.AirlockError.Failed("internal", "not known")
        return answer


class Policies(Case):
    def test_a_bundle_waits_for_a_connection_that_is_not_metered(self):
        author = Author(self)
        author.publish("2.0.0")
        author.config["plugins"]["Airlock"]["wifiOnly"] = True
        told, heard = Told(metered=True, low=True), Heard()
        device = self.device(author.config, heard, conditions=told)
        device.shown(device.launch().token)
        waits = device.sync()
        self.assertEqual((waits.result, waits.reason, waits.bundle.version), ("postponed", "metered", "2.0.0"))
        self.assertIsNone(device.auto_update(), "what happens by itself waits too")
        told.metered = False
        self.assertEqual(device.sync().reason, "low-battery")
        self.assertEqual(heard.names(), [])
        told.metered = told.low = None
        synced = device.sync()
        self.assertEqual((synced.result, synced.reason), ("staged", None), "what is not known holds nothing back")

    def test_one_update_that_nobody_waits_for_is_under_way_at_a_time(self):
        author = Author(self)
        author.publish("2.0.0")
        author.config["plugins"]["Airlock"] |= {"autoUpdate": True, "periodCheckDelay": 900}
        device = self.device(author.config)
        self.assertEqual(device.trigger_update_check(), "unavailable", "nothing was launched")
        device.shown(device.launch().token)
        self.assertEqual([device.trigger_update_check() for _ in range(3)], ["queued"] + 2 * ["already_running"])
        self.assertIsNone(device.auto_update())
        self.assertEqual(device.next_bundle().version, "2.0.0")
        left = device.next_check_ms()
        self.assertTrue(890_000 < left <= 900_000, left)
        self.assertEqual(device.trigger_update_check(), "queued", "the last one has ended")

    def test_nothing_is_triggered_that_the_configuration_does_not_want(self):
        for more in [{"autoUpdate": False, "periodCheckDelay": 900}, {}]:
            config = {"appId": "com.example.app", "plugins": {"Airlock": more}}
            device = self.device(config)
            device.launch()
            self.assertEqual(device.trigger_update_check(), "unavailable")
            self.assertIsNone(device.next_check_ms())

    def test_an_update_that_fails_has_ended(self):
        author = Author(self)
        author.config["plugins"]["Airlock"]["updateUrl"] = "http://127.0.0.1:9"
        device = self.device(author.config)
        device.launch()
        self.assertEqual(device.trigger_update_check(), "queued")
        self.fails("download_failed", device.auto_update)
        self.assertEqual(device.trigger_update_check(), "queued")
