//! Which line of releases the device follows: what the app chose at run time, else what it was built with.

use airlock_protocol::ChannelName;

use super::transition::Step;

impl Step<'_> {
    /// The app chose, or with nothing took its choice back.
    pub(super) fn choose_channel(&mut self, chosen: Option<ChannelName>, configured: ChannelName) {
        self.state.chosen_channel = chosen;
        self.follow(configured);
    }

    /// What runs and the floor stay when the channel is another one; only what waits goes, because it came from the
    /// line that the app has left.
    pub(super) fn follow(&mut self, configured: ChannelName) {
        let followed = self.state.chosen_channel.clone().unwrap_or(configured);
        let before = self.state.channel.replace(followed);
        if before.is_some() && before != self.state.channel {
            self.state.next = None;
        }
    }
}
