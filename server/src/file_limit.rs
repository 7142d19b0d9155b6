//! Every socket is an open file, and the usual limit of 1,024 is there for the sake of old programs
//! that use `select`. This one does not, so it takes what the system is willing to give.

use rustix::{
    io,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

/// Raises the number of files this process may have open to the hard limit. Returns the new limit,
/// `None` for no limit.
///
/// # Errors
/// When the system refuses.
pub fn raise() -> io::Result<Option<u64>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let current = maximum;
        setrlimit(Resource::Nofile, Rlimit { current, maximum })?;
    }
    Ok(maximum)
}
