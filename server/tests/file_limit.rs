//! The limit of open files. Alone in its program: it is one for the whole process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[test]
fn the_limit_is_raised_to_what_the_system_allows() -> Result<(), rustix::io::Errno> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = Some(256);
    setrlimit(Resource::Nofile, Rlimit { current, maximum })?;
    assert_eq!(server::file_limit::raise()?, maximum);
    assert_eq!(getrlimit(Resource::Nofile).current, maximum);
    Ok(())
}
