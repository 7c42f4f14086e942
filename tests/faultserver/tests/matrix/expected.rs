use crate::scenario::{Ending, Scenario};
pub(crate) fn complain(_scenario: &Scenario, _ending: &Ending) -> Option<String> {
    if std::env::var_os("SHOW").is_some() {
        println!("{_scenario} -> {_ending:?}");
    }
    None
}
