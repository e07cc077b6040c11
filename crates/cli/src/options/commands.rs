//! The operator's commands on organizations and people.

use clap::Subcommand;

use super::Settings;

/// Organizations.
#[derive(Debug, Subcommand)]
pub enum Organization {
    /// Makes an organization.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Its preset: workspace, agency, team or projects.
        #[arg(long)]
        preset: String,
        /// The e-mail of its owner or first administrator.
        #[arg(long, value_name = "EMAIL")]
        owner: String,
        /// Their name, if they have no account yet.
        #[arg(long, value_name = "NAME")]
        owner_name: Option<String>,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Makes another member the owner (where the organization has one); both are told by mail.
    TransferOwnership {
        /// The organization's name in links.
        #[arg(value_name = "SLUG")]
        organization: String,
        /// The e-mail of the new owner, an active member.
        email: String,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Sets an organization's plan, its seats and its period, as its billing page shows them.
    SetPlan {
        /// The organization's name in links.
        #[arg(value_name = "SLUG")]
        organization: String,
        /// The plan's name.
        #[arg(long)]
        plan: String,
        /// The most members and pending invitations; left out: no limit.
        #[arg(long)]
        seats: Option<u32>,
        /// When the period ends (RFC 3339, as in 2027-01-01T00:00:00Z).
        #[arg(long, value_name = "TIME")]
        period_ends: Option<String>,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Brings a deleted organization back; two weeks after its deletion it is erased.
    Restore {
        /// The organization's name in links.
        #[arg(value_name = "SLUG")]
        organization: String,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Lists all organizations.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
}

/// People.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Lists all accounts with their organizations.
    List {
        /// Only of the organization with this name in links.
        #[arg(long, value_name = "SLUG")]
        organization: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Gives a member a role of an organization, for when nobody there can.
    AssignRole {
        /// The e-mail of the member.
        email: String,
        /// The organization's name in links.
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// The role's name.
        #[arg(long, value_name = "NAME")]
        role: String,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Takes every second factor of somebody away who has lost them all, and signs them out. Make sure that it is them.
    ResetSecondFactor {
        /// The e-mail of the account.
        email: String,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Prints a link, good for 20 minutes, by which somebody chooses a new password.
    RecoveryLink {
        /// The e-mail of the account.
        email: String,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
}
