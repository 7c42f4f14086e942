//! Breadth first through everything that can be reached.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What an exploration saw.
pub struct Explored {
    pub states: usize,
    pub transitions: usize,
    /// The shortest history that breaks a promise, and which one.
    pub broken: Option<String>,
}

/// FxHash: a multiplication a word. The keys are our own, so nobody plants collisions, and the standard
/// hasher would be half of the running time.
#[derive(Default)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

pub type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// Visits every state that `successors` reaches from `first`, each once, nearest first. `successors`
/// pushes what can happen in a state; `judge` looks at a step, `inspect` at a new state. The first
/// complaint ends the exploration and is told with the history that leads to it. `most` bounds memory;
/// an exploration that needs more is no proof and panics.
pub fn explore<S, A>(
    first: S,
    most: usize,
    successors: impl Fn(&S, &mut Vec<(A, S)>),
    judge: impl Fn(&S, &A, &S) -> Result<(), String>,
    inspect: impl Fn(&S) -> Result<(), String>,
) -> Explored
where
    S: Clone + Eq + Hash,
    A: Clone + Debug,
{
    let mut known: QuickMap<S, u32> = QuickMap::default();
    let mut order = vec![first.clone()];
    let mut origin: Vec<(u32, Option<A>)> = vec![(0, None)];
    known.insert(first, 0);
    let (mut visited, mut transitions) = (0, 0);
    let mut steps = Vec::new();
    let mut broken = None;
    while visited < order.len() && broken.is_none() {
        let state = order[visited].clone();
        let number = u32::try_from(visited).unwrap();
        broken = inspect(&state).err().map(|why| tell(&origin, number, None, &why));
        steps.clear();
        successors(&state, &mut steps);
        for (action, next) in steps.drain(..) {
            transitions += 1;
            if let Err(why) = judge(&state, &action, &next) {
                broken.get_or_insert_with(|| tell(&origin, number, Some(&action), &why));
            }
            if !known.contains_key(&next) {
                known.insert(next.clone(), u32::try_from(order.len()).unwrap());
                order.push(next);
                origin.push((number, Some(action)));
            }
        }
        visited += 1;
        assert!(
            order.len() <= most,
            "more than {most} states: the scope is too large to be exhausted"
        );
    }
    Explored {
        states: order.len(),
        transitions,
        broken,
    }
}

fn tell<A: Clone + Debug>(origin: &[(u32, Option<A>)], state: u32, last: Option<&A>, why: &str) -> String {
    let mut history: Vec<String> = last.iter().map(|action| format!("{action:?}")).collect();
    let mut at = state;
    while let (from, Some(action)) = &origin[at as usize] {
        history.push(format!("{action:?}"));
        at = *from;
    }
    history.reverse();
    format!("{why}\n  {}", history.join("\n  "))
}
