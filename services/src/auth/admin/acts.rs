//! Acts on an account: each is written down before it is done, and all of one request are one write.

use crate::{
    auth::{Auth, AuthError, Identity, Visitor, audit::Act},
    store::UserRecord,
};
use domain::{UserId, account::Role};

const LAST_ADMIN: AuthError = AuthError::Conflict(
    "The last administrator can't be suspended, nor lose the role. Please appoint another one first.",
);
const UNCONFIRMED: AuthError = AuthError::Conflict(
    "The address of this account was never confirmed: somebody else may have registered it. Its owner \
     has to follow the link in the mail first.",
);
const OWN: AuthError = AuthError::Conflict(
    "You can't do this to your own account here. Use your settings, or ask another administrator.",
);

/// Who acts on somebody else's account.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    /// On the command line, or by the settings.
    Operator,
    /// An administrator, from somewhere.
    Admin(&'a Identity, &'a Visitor),
}

impl By<'_> {
    fn words(self) -> &'static str {
        match self {
            Self::Operator => "by the operator",
            Self::Admin(..) => "by an administrator",
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Acts {
    /// Gives it a role.
    pub(crate) role: Option<Role>,
    /// Signs it out everywhere.
    pub(crate) end_sessions: bool,
    /// Asks for no second factor any more.
    pub(crate) reset_second_factor: bool,
}

impl Acts {
    pub(crate) fn role(role: Role) -> Self {
        Self {
            role: Some(role),
            ..Self::default()
        }
    }

    /// Does it to a record.
    ///
    /// # Errors
    /// [`AuthError::Conflict`] for what does not fit what is there: nothing is done by halves.
    fn apply(self, user: &mut UserRecord) -> Result<(), AuthError> {
        let was = user.role;
        if let Some(role) = self.role {
            give(user, role)?;
        }
        if self.reset_second_factor && user.totp.take().is_none() {
            return Err(AuthError::Conflict("No second factor is set up."));
        }
        let is_out = user.role == Role::Suspended || loses(was, user.role);
        if self.end_sessions || self.reset_second_factor || is_out {
            user.session_epoch += 1;
        }
        Ok(())
    }

    /// What the log calls them, and what it calls them when they failed after all.
    fn names(self, user: &UserRecord) -> Vec<(&'static str, &'static str)> {
        let role = self.role.map(|role| match (user.role, role) {
            (_, Role::Suspended) => ("account_suspended", "suspension_failed"),
            (_, Role::Admin) => ("admin_made", "promotion_failed"),
            (Role::Admin, Role::User) => ("admin_removed", "demotion_failed"),
            (_, Role::User) => ("account_reinstated", "reinstatement_failed"),
        });
        let reset = ("second_factor_reset", "second_factor_reset_failed");
        let ended = ("sessions_ended", "session_end_failed");
        let reset = self.reset_second_factor.then_some(reset);
        let ended = self.end_sessions.then_some(ended);
        role.into_iter().chain(reset).chain(ended).collect()
    }
}

/// Whether somebody is an administrator no more.
fn loses(before: Role, after: Role) -> bool {
    before == Role::Admin && after != Role::Admin
}

fn give(user: &mut UserRecord, role: Role) -> Result<(), AuthError> {
    let refused = match (user.role, role) {
        (Role::Suspended, Role::Suspended) => "The account is suspended already.",
        (Role::User, Role::User) => "The account is a user's already.",
        (Role::Admin, Role::Admin) => "The account is an administrator's already.",
        (Role::Suspended, Role::Admin) => "The account is suspended. Please reinstate it first.",
        (Role::User, Role::Admin) if user.email.is_some() && !user.email_verified => {
            return Err(UNCONFIRMED);
        }
        _ => {
            user.role = role;
            return Ok(());
        }
    };
    Err(AuthError::Conflict(refused))
}

impl Auth {
    /// Does something to somebody's account, all of it or nothing. An administrator has shown a moment
    /// ago who they are, and acts on nobody's account but another's.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], [`AuthError::StepUpRequired`]; [`AuthError::Conflict`] for what does not
    /// fit, for one's own account and for the last administrator's.
    pub(crate) async fn act_on(
        &self,
        user: &UserRecord,
        acts: Acts,
        by: By<'_>,
    ) -> Result<UserRecord, AuthError> {
        if let By::Admin(identity, _) = by {
            identity.admin_only()?;
            self.require_fresh(identity).await?;
            if identity.id() == user.id {
                return Err(OWN);
            }
        }
        let mut planned = user.clone();
        acts.apply(&mut planned)?;
        let demotes = loses(user.role, planned.role);
        if demotes && self.store.users.count_with_role(Role::Admin).await? <= 1 {
            return Err(LAST_ADMIN);
        }
        // Before it is done: an act in the log that failed harms nobody.
        for (action, _) in acts.names(user) {
            self.note_act(action, user.id, by).await?;
        }
        match self.carry_out(user, acts).await {
            Ok(changed) => {
                if acts.reset_second_factor {
                    self.tell_second_factor_reset(&changed);
                }
                Ok(changed)
            }
            Err(error) => {
                for (_, failed) in acts.names(user) {
                    self.note_act(failed, user.id, by).await?;
                }
                Err(error)
            }
        }
    }

    async fn carry_out(&self, user: &UserRecord, acts: Acts) -> Result<UserRecord, AuthError> {
        let (was, epoch) = (user.role, user.session_epoch);
        let change = |user: &mut UserRecord| {
            // What was written down is about the account as it was then.
            if user.role != was {
                let why = "The account was changed by somebody else meanwhile. Please look again.";
                return Err(AuthError::Conflict(why));
            }
            acts.apply(user)
        };
        let takes_the_role = acts.role.is_some_and(|role| loses(was, role));
        let changed = if takes_the_role {
            // The other one was suspended, or has gone, at the same moment.
            let demoted = self.demote(user.id, change).await?;
            demoted.ok_or(LAST_ADMIN)?
        } else {
            self.change(user.id, change).await?.0
        };
        if changed.session_epoch != epoch {
            self.end_unfinished(user.id).await?;
        }
        Ok(changed)
    }

    pub(super) async fn note_act(
        &self,
        action: &'static str,
        user: UserId,
        by: By<'_>,
    ) -> Result<(), AuthError> {
        let (actor, visitor) = match by {
            By::Operator => (None, None),
            By::Admin(identity, visitor) => (Some(identity.id()), Some(visitor)),
        };
        let act = Act {
            actor,
            action,
            subject: Some(user.to_string()),
            detail: by.words().to_owned(),
        };
        self.audit.record(act, visitor).await
    }
}
